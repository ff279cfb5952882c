//! Writes the Swift side of the functions that a built library exports: `swift-bindgen LIBRARY CONFIGURATION FOLDER`.

use uniffi::{SwiftBindingsOptions, generate_swift_bindings};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, configuration, folder] = arguments.as_slice() else {
        eprintln!("usage: swift-bindgen LIBRARY CONFIGURATION FOLDER");
        std::process::exit(2);
    };
    let written = generate_swift_bindings(SwiftBindingsOptions {
        generate_swift_sources: true,
        generate_headers: true,
        generate_modulemap: true,
        source: library.into(),
        out_dir: folder.into(),
        xcframework: false,
        module_name: Some("JumpCloudFFI".to_owned()),
        modulemap_filename: Some("module.modulemap".to_owned()),
        config: Some(configuration.into()),
        ..SwiftBindingsOptions::default()
    });
    if let Err(error) = written {
        eprintln!("error: {error:#}");
        std::process::exit(1);
    }
}
