//! What is the same, found in n log n: nobody knows how much a caller or a server sends.

use std::cmp::Ordering;

/// Of so many things, for each the place of the first one that is the same.
pub(crate) fn firsts(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..count).collect();
    sorted.sort_unstable_by(|one, other| compare(*one, *other).then(one.cmp(other)));
    let (mut firsts, mut first) = (vec![0; count], None);
    for place in sorted {
        let same = first.filter(|first| compare(*first, place).is_eq()).unwrap_or(place);
        first = Some(same);
        if let Some(entry) = firsts.get_mut(place) {
            *entry = same;
        }
    }
    firsts
}

/// Leaves out what has the same text as something before it.
pub(crate) fn distinct<T>(items: &mut Vec<T>, text: impl Fn(&T) -> String) {
    let texts: Vec<String> = items.iter().map(text).collect();
    let mut firsts = firsts_of(&texts).into_iter().enumerate();
    items.retain(|_| firsts.next().is_some_and(|(place, first)| place == first));
}

fn firsts_of(texts: &[String]) -> Vec<usize> {
    firsts(texts.len(), &|one, other| texts.get(one).cmp(&texts.get(other)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_of_each_stays_in_its_place(items in prop::collection::vec("[a-c]{0,2}", 0..30)) {
            let mut expected: Vec<String> = Vec::new();
            for item in &items {
                if !expected.contains(item) {
                    expected.push(item.clone());
                }
            }
            let firsts = super::firsts(items.len(), &|one, other| items[one].cmp(&items[other]));
            for (place, first) in firsts.into_iter().enumerate() {
                prop_assert_eq!(items.iter().position(|item| *item == items[place]), Some(first));
            }
            let mut distinct = items;
            super::distinct(&mut distinct, String::clone);
            prop_assert_eq!(distinct, expected);
        }
    }
}
