package gcp

// Disabled is the service that an error says is not enabled in the project, such
// as "run.googleapis.com"; "" where it says something else.
func Disabled(err error) string {
	if d := detailsOf(err); d.reason == "SERVICE_DISABLED" {
		return d.metadata["service"]
	}
	return ""
}
