//! What happens some time after it was asked for: systems answer to commands, jobs work through their users, and
//! users change their states on a date. It happens at the latest when somebody looks.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bulk::{Change, Item};
use crate::command_results::Run;
use crate::company::Company;
use crate::id::Id;

/// One thing that is to happen.
pub(crate) enum Task {
    /// A system answers to a command.
    Answer {
        /// The command's run.
        run: Arc<Run>,
        /// The system.
        system: Id,
    },
    /// A job comes to a user.
    Item(Item),
    /// A user's state changes.
    State(Change),
}

impl Task {
    fn happen(self, company: &mut Company, now: i64) {
        match self {
            Task::Answer { run, system } => company.answer(&run, system, now),
            Task::Item(item) => company.work(item, now),
            Task::State(change) => company.change_state(&change, now),
        }
    }
}

/// What is to happen, in the order in which it does.
#[derive(Default)]
pub(crate) struct Later {
    tasks: BTreeMap<(i64, u64), Task>,
    count: u64,
}

impl Later {
    /// Adds what is to happen at a time; never, at the highest.
    pub(crate) fn add(&mut self, due: i64, task: Task) {
        self.count += 1;
        self.tasks.insert((due, self.count), task);
    }

    /// Takes away what shall not happen any more; how much that was.
    pub(crate) fn forget(&mut self, unwanted: impl Fn(&Task) -> bool) -> usize {
        let before = self.tasks.len();
        self.tasks.retain(|_, task| !unwanted(task));
        before - self.tasks.len()
    }

    /// All that is to happen, with its time.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = (i64, &Task)> {
        self.tasks.iter().map(|((due, _), task)| (*due, task))
    }

    /// Whether something should have happened by now.
    pub(crate) fn is_due(&self, now: i64) -> bool {
        self.tasks.first_key_value().is_some_and(|((due, _), _)| *due <= now)
    }

    fn next(&mut self, now: i64) -> Option<(i64, Task)> {
        let first = self.tasks.first_entry().filter(|first| first.key().0 <= now)?;
        let ((due, _), task) = first.remove_entry();
        Some((due, task))
    }
}

impl Company {
    /// Lets happen what should have happened by now, each at its time.
    pub(crate) fn catch_up(&mut self, now: i64) {
        while let Some((due, task)) = self.later.next(now) {
            task.happen(self, due);
        }
    }
}
