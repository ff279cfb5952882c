// What any executable weighs that uses Foundation and async code, as every client of this package does.
import Foundation

print(Date())
