package clients

import (
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// SetupKinds are the kinds of what setup makes.
var SetupKinds = []string{"apis", "application", "service_account", "repository", "bucket", "roles", "settings", "builder"}

// SetupStep is one of what a project needs, and how it stands.
type SetupStep = setup.Step

// SetupErr is why something cannot be seen, or nil.
func SetupErr(steps []SetupStep) error { return setup.Err(steps) }

// SetupStuck is why setup cannot make a project ready, or nil.
func SetupStuck(steps []SetupStep) error { return setup.Stuck(steps) }

// SetupUndecided is what somebody has to choose first, or nil.
func SetupUndecided(steps []SetupStep) error { return setup.Undecided(steps) }

// SetupStay are what undo leaves, each with why.
func SetupStay(steps []SetupStep) []string { return setup.Stay(steps) }

// SetupLacking are the steps that there is something to do for.
func SetupLacking(steps []SetupStep) []SetupStep { return setup.Lacking(steps) }

// SetupProgress shows what is made. choose asks somebody; nil = nobody is there.
func SetupProgress(to ui.Reporter, choose func(question string, answers []string, proposed string) (string, error)) setup.Progress {
	return setup.Progress{
		Choose: choose,
		Start:  func(s setup.Step) { to.Start(s.Kind()) },
		Wait:   func(s setup.Step, why string) { to.Note("waiting " + why) },
		Done: func(s setup.Step, took time.Duration) {
			to.Done(ui.Stage{Name: s.Kind(), Detail: s.Name(), Took: took})
		},
	}
}
