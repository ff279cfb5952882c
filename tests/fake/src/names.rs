//! The words a company is made of. Nothing in here exists; mail addresses end in `.example` (RFC 2606).

mod cultures;

pub(crate) use cultures::CULTURES;

/// The company's name and domain; further organizations of a multi-tenant administrator come after it.
pub(crate) const COMPANIES: [(&str, &str); 3] = [
    ("Halden Instruments", "halden.example"),
    ("Kestrel Logistics", "kestrel.example"),
    ("Maple Street Dental", "maplestreet.example"),
];

/// A department: its name, share of the staff, cost centre and job titles from junior to senior.
pub(crate) struct Department {
    /// Its name.
    pub(crate) name: &'static str,
    /// The share of the staff.
    pub(crate) weight: usize,
    /// The cost centre.
    pub(crate) cost_center: &'static str,
    /// Job titles, from junior to head.
    pub(crate) titles: &'static [&'static str],
    /// Teams inside it.
    pub(crate) teams: &'static [&'static str],
}

/// The departments.
pub(crate) const DEPARTMENTS: [Department; 12] = [
    Department {
        name: "Engineering",
        weight: 28,
        cost_center: "CC-1000",
        titles: &[
            "Software Engineer",
            "Senior Software Engineer",
            "Site Reliability Engineer",
            "Staff Engineer",
            "QA Engineer",
            "Engineering Manager",
        ],
        teams: &["Backend", "Frontend", "Platform", "Mobile", "Quality"],
    },
    Department {
        name: "Sales",
        weight: 15,
        cost_center: "CC-2000",
        titles: &[
            "Sales Development Representative",
            "Account Executive",
            "Solutions Engineer",
            "Regional Director",
        ],
        teams: &["EMEA", "Americas", "APAC"],
    },
    Department {
        name: "Customer Success",
        weight: 12,
        cost_center: "CC-2100",
        titles: &[
            "Support Specialist",
            "Technical Account Manager",
            "Customer Success Manager",
            "Head of Support",
        ],
        teams: &["Support", "Onboarding"],
    },
    Department {
        name: "Operations",
        weight: 10,
        cost_center: "CC-3000",
        titles: &["Logistics Coordinator", "Production Planner", "Facilities Manager", "Operations Director"],
        teams: &["Facilities", "Supply Chain"],
    },
    Department {
        name: "Product",
        weight: 7,
        cost_center: "CC-1100",
        titles: &["Product Designer", "Product Manager", "UX Researcher", "Group Product Manager"],
        teams: &["Design", "Research"],
    },
    Department {
        name: "Marketing",
        weight: 6,
        cost_center: "CC-2200",
        titles: &["Content Writer", "Campaign Manager", "Brand Designer", "Marketing Director"],
        teams: &["Brand", "Demand Generation"],
    },
    Department {
        name: "Finance",
        weight: 5,
        cost_center: "CC-4000",
        titles: &["Accountant", "Financial Analyst", "Controller", "Finance Director"],
        teams: &["Accounting", "Procurement"],
    },
    Department {
        name: "IT",
        weight: 5,
        cost_center: "CC-1200",
        titles: &["Service Desk Analyst", "Systems Administrator", "Identity Engineer", "IT Manager"],
        teams: &["Service Desk", "Identity"],
    },
    Department {
        name: "People",
        weight: 4,
        cost_center: "CC-4100",
        titles: &["Recruiter", "People Partner", "Payroll Specialist", "Head of People"],
        teams: &["Recruiting"],
    },
    Department {
        name: "Data",
        weight: 4,
        cost_center: "CC-1300",
        titles: &["Data Analyst", "Data Engineer", "Machine Learning Engineer", "Head of Data"],
        teams: &["Analytics"],
    },
    Department {
        name: "Security",
        weight: 2,
        cost_center: "CC-1400",
        titles: &["Security Analyst", "Security Engineer", "Detection Engineer", "Security Lead"],
        teams: &["Detection"],
    },
    Department {
        name: "Legal",
        weight: 2,
        cost_center: "CC-4200",
        titles: &["Paralegal", "Counsel", "Privacy Officer", "General Counsel"],
        teams: &["Privacy"],
    },
];

/// An office.
pub(crate) struct Office {
    /// The city, as `location` says it.
    pub(crate) city: &'static str,
    /// The state or region.
    pub(crate) region: &'static str,
    /// The country's two letters.
    pub(crate) country: &'static str,
    /// The postal code.
    pub(crate) postal_code: &'static str,
    /// Street and number.
    pub(crate) street: &'static str,
    /// The country's calling code.
    pub(crate) calling_code: &'static str,
    /// Latitude and longitude.
    pub(crate) position: (f64, f64),
    /// The time zone.
    pub(crate) time_zone: &'static str,
    /// The share of the staff.
    pub(crate) weight: usize,
}

const fn office(
    (city, region, country): (&'static str, &'static str, &'static str),
    (postal_code, street, calling_code): (&'static str, &'static str, &'static str),
    (position, time_zone): ((f64, f64), &'static str),
    weight: usize,
) -> Office {
    Office { city, region, country, postal_code, street, calling_code, position, time_zone, weight }
}

/// The offices; the last stands for those who work from anywhere.
pub(crate) const OFFICES: [Office; 9] = [
    office(
        ("Denver", "Colorado", "US"),
        ("80202", "1644 Platte Street", "+1"),
        ((39.7392, -104.9903), "America/Denver"),
        26,
    ),
    office(
        ("New York", "New York", "US"),
        ("10013", "180 Varick Street", "+1"),
        ((40.7128, -74.006), "America/New_York"),
        14,
    ),
    office(
        ("London", "England", "GB"),
        ("EC2A 4NE", "14 Leonard Street", "+44"),
        ((51.5074, -0.1278), "Europe/London"),
        13,
    ),
    office(
        ("München", "Bayern", "DE"),
        ("80331", "Sendlinger Straße 8", "+49"),
        ((48.1351, 11.582), "Europe/Berlin"),
        12,
    ),
    office(
        ("Bengaluru", "Karnataka", "IN"),
        ("560001", "22 Church Street", "+91"),
        ((12.9716, 77.5946), "Asia/Kolkata"),
        12,
    ),
    office(
        ("São Paulo", "São Paulo", "BR"),
        ("01310-100", "Avenida Paulista 900", "+55"),
        ((-23.5505, -46.6333), "America/Sao_Paulo"),
        7,
    ),
    office(
        ("Kraków", "Małopolskie", "PL"),
        ("31-042", "Rynek Główny 12", "+48"),
        ((50.0647, 19.945), "Europe/Warsaw"),
        6,
    ),
    office(
        ("東京", "東京都", "JP"),
        ("150-0002", "渋谷2-21-1", "+81"),
        ((35.6762, 139.6503), "Asia/Tokyo"),
        4,
    ),
    office(
        ("Remote", "Ontario", "CA"),
        ("M5V 2T6", "250 Wellington Street West", "+1"),
        ((43.6532, -79.3832), "America/Toronto"),
        6,
    ),
];

/// A kind of device and its operating system.
pub(crate) struct Model {
    /// Who makes it.
    pub(crate) vendor: &'static str,
    /// What it is sold as.
    pub(crate) name: &'static str,
    /// `os`, as JumpCloud reports it.
    pub(crate) os: &'static str,
    /// `osFamily`.
    pub(crate) family: &'static str,
    /// `arch`.
    pub(crate) arch: &'static str,
    /// `templateName`.
    pub(crate) template: &'static str,
    /// What host names start with.
    pub(crate) short: &'static str,
    /// Versions in use: name of the release, version, build.
    pub(crate) versions: &'static [(&'static str, &'static str, &'static str)],
    /// The share of the devices of people, or of servers.
    pub(crate) weight: usize,
}

const MACOS: &[(&str, &str, &str)] = &[
    ("Sequoia", "15.6.1", "24G90"),
    ("Sequoia", "15.4", "24E248"),
    ("Sonoma", "14.7.2", "23H311"),
    ("Ventura", "13.6.9", "22G931"),
];
const WINDOWS: &[(&str, &str, &str)] =
    &[("24H2", "10.0.26100", "3194"), ("23H2", "10.0.22631", "4890"), ("22H2", "10.0.19045", "5487")];
const UBUNTU: &[(&str, &str, &str)] =
    &[("Noble Numbat", "24.04", "2"), ("Jammy Jellyfish", "22.04", "5"), ("Focal Fossa", "20.04", "6")];
const RHEL: &[(&str, &str, &str)] = &[("Plow", "9.4", "0"), ("Ootpa", "8.10", "0")];
const IOS: &[(&str, &str, &str)] = &[("iOS 18", "18.6", "22G86"), ("iOS 17", "17.7.1", "21H216")];

const fn model(
    (vendor, name, short): (&'static str, &'static str, &'static str),
    (os, family, arch, template): (&'static str, &'static str, &'static str, &'static str),
    versions: &'static [(&'static str, &'static str, &'static str)],
    weight: usize,
) -> Model {
    Model { vendor, name, os, family, arch, template, short, versions, weight }
}

/// What people work on.
pub(crate) const DEVICES: [Model; 8] = [
    model(
        ("Apple Inc.", "MacBook Pro (14-inch, M4, 2024)", "mbp"),
        ("Mac OS X", "darwin", "arm64", "darwin"),
        MACOS,
        24,
    ),
    model(
        ("Apple Inc.", "MacBook Air (13-inch, M3, 2024)", "mba"),
        ("Mac OS X", "darwin", "arm64", "darwin"),
        MACOS,
        18,
    ),
    model(("Dell Inc.", "Latitude 7450", "lat"), ("Windows", "windows", "x86_64", "windows"), WINDOWS, 18),
    model(
        ("LENOVO", "ThinkPad X1 Carbon Gen 12", "tp"),
        ("Windows", "windows", "x86_64", "windows"),
        WINDOWS,
        14,
    ),
    model(("HP", "EliteBook 840 G11", "eb"), ("Windows", "windows", "x86_64", "windows"), WINDOWS, 8),
    model(
        ("Framework", "Laptop 13 (AMD Ryzen 7040Series)", "fw"),
        ("Ubuntu", "linux", "x86_64", "linux"),
        UBUNTU,
        6,
    ),
    model(
        ("Microsoft Corporation", "Surface Laptop 7", "srf"),
        ("Windows", "windows", "arm64", "windows"),
        WINDOWS,
        5,
    ),
    model(("Apple Inc.", "iPhone 15", "iph"), ("iOS", "ios", "arm64", "ios"), IOS, 7),
];

/// What runs in the server room and the cloud.
pub(crate) const SERVERS: [Model; 3] = [
    model(("Amazon EC2", "m7g.xlarge", "app"), ("Ubuntu", "linux", "aarch64", "linux"), UBUNTU, 5),
    model(("Amazon EC2", "c6i.2xlarge", "build"), ("Ubuntu", "linux", "x86_64", "linux"), UBUNTU, 3),
    model(("Dell Inc.", "PowerEdge R760", "db"), ("RedHat", "linux", "x86_64", "linux"), RHEL, 2),
];

/// Applications people sign in to: name, label, and the group of those who do.
pub(crate) const APPLICATIONS: [(&str, &str, &str); 15] = [
    ("slack", "Slack", "All Staff"),
    ("github", "GitHub", "Engineering"),
    ("salesforce", "Salesforce", "Sales"),
    ("aws", "AWS IAM Identity Center", "Engineering"),
    ("zoom", "Zoom", "All Staff"),
    ("jira", "Atlassian Cloud", "Engineering"),
    ("workday", "Workday", "All Staff"),
    ("figma", "Figma", "Product"),
    ("datadog", "Datadog", "Engineering"),
    ("snowflake", "Snowflake", "Data"),
    ("dropbox", "Dropbox Business", "All Staff"),
    ("hubspot", "HubSpot", "Marketing"),
    ("netsuite", "NetSuite", "Finance"),
    ("sentry", "Sentry", "Engineering"),
    ("zendesk", "Zendesk", "Customer Success"),
];

/// A name as people read it.
pub(crate) fn shown(name: &str) -> &str {
    name.split('|').next().unwrap_or(name)
}

/// A name in the letters of a mail address.
pub(crate) fn latin(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.rsplit('|').next().unwrap_or(name).chars() {
        let folded = match letter {
            'ä' => "ae",
            'ö' | 'Ö' if !name.contains(['ş', 'ı', 'ğ']) => "oe",
            'ö' | 'Ö' => "o",
            'ü' => "ue",
            'Ü' | 'ú' | 'ù' | 'û' => "u",
            'ß' => "ss",
            'ø' | 'Ø' | 'ó' | 'ô' | 'õ' => "o",
            'å' | 'Å' | 'á' | 'Á' | 'â' | 'ã' | 'à' | 'ą' | 'ầ' | 'ạ' | 'ặ' => "a",
            'æ' => "ae",
            'é' | 'É' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' | 'ễ' => "e",
            'í' | 'Í' | 'ï' | 'î' | 'ı' | 'İ' => "i",
            'ç' | 'Ç' | 'č' | 'ć' => "c",
            'ñ' | 'ń' => "n",
            'ł' | 'Ł' => "l",
            'ś' | 'š' | 'Š' | 'ş' | 'Ş' => "s",
            'ż' | 'Ż' | 'ź' => "z",
            'ř' => "r",
            'ý' => "y",
            'ğ' => "g",
            'ð' | 'Đ' | 'đ' => "d",
            'Þ' => "th",
            _ if letter.is_ascii_alphabetic() => {
                plain.push(letter.to_ascii_lowercase());
                continue;
            }
            // Spaces, apostrophes and hyphens.
            _ => continue,
        };
        plain.push_str(folded);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_form_for_mail_addresses() {
        for name in CULTURES.iter().flat_map(|culture| culture.given.iter().chain(culture.family)) {
            let latin = latin(name);
            let letters = name
                .rsplit('|')
                .next()
                .unwrap_or(name)
                .chars()
                .filter(|letter| letter.is_alphabetic())
                .count();
            assert!(latin.len() >= letters && latin.is_ascii(), "{name} became {latin}");
        }
        assert_eq!(latin("Groß"), "gross");
        assert_eq!(latin("佐藤|Sato"), "sato");
        assert_eq!(shown("佐藤|Sato"), "佐藤");
        assert_eq!(latin("De la Cruz"), "delacruz");
    }
}
