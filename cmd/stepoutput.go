package cmd

import (
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
)

// stepOutput hands a command's result over to the build that it is a step of, and
// where it failed, why. Elsewhere there is nobody to take it.
func stepOutput(d Deps, result any, there bool, failed error) error {
	if !there {
		result = nil
	}
	return builder.WriteOutput(d.Lookup, result, failed)
}
