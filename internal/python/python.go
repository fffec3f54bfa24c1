// Package python names the Pythons that apps can have. What is known of their
// projects, requirements and wheels is in the packages below.
package python

// Supported are the minor versions, oldest first.
var Supported = []string{"3.9", "3.10", "3.11", "3.12", "3.13", "3.14"}

// Default is used when nothing says which.
const Default = "3.12"
