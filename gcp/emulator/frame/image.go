package frame

import "regexp"

// Image gives the name by which Docker reaches an image, at the beginning of a text
// or behind a =: those that Google's host of a location has of the project,
// LOCATION-docker.pkg.dev/PROJECT/…, are in the registry at addr. Others stay.
func Image(addr, project string) func(text string) string {
	hosts := regexp.MustCompile(`(^|=)[a-z][a-z0-9-]*-docker\.pkg\.dev/(` + regexp.QuoteMeta(project) + `/)`)
	return func(text string) string { return hosts.ReplaceAllString(text, "${1}"+addr+"/${2}") }
}
