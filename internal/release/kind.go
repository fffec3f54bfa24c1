package release

import "github.com/gcpdeploy/gcpdeploy/internal/config"

// Kind is a target as it is known without a connection.
type Kind struct {
	Title string // for people
	// Config is its part of the configuration; New must make a Section.
	Config config.Target
	// Contract says what a container of a release finds.
	Contract func(Spec) (Contract, error)
}
