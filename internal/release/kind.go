package release

import "github.com/gcpdeploy/gcpdeploy/internal/config"

// Kind is a target as it is known without a connection.
type Kind struct {
	Title string // for people
	// Config is its part of the configuration; New must make a Section.
	Config config.Target
	// Contract says what a container of a release finds.
	Contract func(Spec) (Contract, error)
	// Front says whether an answer with a status from 500 on, and that first line, is
	// the target's own: the app gave none. nil = every answer is the app's.
	Front func(status int, line string) bool
	// Public is the setting that lets everybody call a service, and Invoke what somebody
	// needs to call a private one; "" = no service is private.
	Public, Invoke string
}
