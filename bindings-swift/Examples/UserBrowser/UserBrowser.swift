// A small app for macOS: the users of an organization, with a search field.

#if canImport(SwiftUI)
import JumpCloudClient
import SwiftUI

@main
struct UserBrowser: App {
    var body: some Scene {
        WindowGroup("Users") { UserList() }
    }
}

struct UserList: View {
    @AppStorage("region") private var region = "us"
    @State private var key = ""
    @State private var words = ""
    @State private var users: [SystemUser] = []
    @State private var trouble: String?

    var body: some View {
        List(users, id: \.self) { user in
            VStack(alignment: .leading) {
                Text(user.username ?? "").font(.headline)
                Text(user.email ?? "").foregroundStyle(.secondary)
            }
        }
        .overlay { if let trouble { Text(trouble) } }
        .searchable(text: $words)
        .safeAreaInset(edge: .top) {
            HStack {
                SecureField("API key", text: $key)
                Picker("Region", selection: $region) {
                    ForEach(Region.allCases, id: \.rawValue) { Text($0.rawValue) }
                }
            }
            .padding()
        }
        // A new key, region or search cancels the requests of the one before.
        .task(id: [key, region, words]) { await load() }
    }

    private func load() async {
        guard !key.isEmpty else { return }
        let jc = JumpCloud(apiKey: key, region: Region(rawValue: region) ?? .us)
        let filter: Filter? = words.isEmpty ? nil : .contains("email", words)
        do {
            users = try await jc.v1.systemUsers.list(filter: filter).collect(limit: 200)
            trouble = nil
        } catch is CancellationError {
        } catch {
            trouble = error.localizedDescription
        }
    }
}
#else
@main
struct UserBrowser {
    static func main() { print("This example is an app for macOS.") }
}
#endif
