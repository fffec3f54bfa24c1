package release

import "github.com/gcpdeploy/gcpdeploy/internal/config"

// Import is what becomes of an app.yaml of App Engine at a target.
type Import struct {
	// Env is the entry of `environments:` that the settings are for; "" = the top of
	// the configuration.
	Env      string
	Settings []config.Said
	// Notes are what has no counterpart there, and what changes, each with its line.
	Notes []string
}
