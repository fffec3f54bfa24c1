package cmd

import (
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// agreedTo asks somebody for something that changes, where nobody said yes before.
func agreedTo(s ui.Streams, yes, quiet bool, what, question string) error {
	switch {
	case yes:
		return nil
	case !s.Answers || quiet:
		return errs.New(errs.Usage, "Run it again with --yes.", "%s, and nobody is here to agree to it", what)
	case !s.Ask(question):
		return errs.New(errs.Interrupted, "", "nothing was changed")
	}
	return nil
}
