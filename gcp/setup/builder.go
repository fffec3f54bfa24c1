package setup

import (
	"context"
)

// Builder is the builder image of one version: this program as a step of builds.
type Builder struct {
	Cloud   Cloud
	Package string // "builder"
	Version string
	Push    func(context.Context) error
	Line    string // the command that pushes it
}

var _ Resource = Builder{}

// Kind implements Resource.
func (b Builder) Kind() string { return "builder" }

// Name implements Resource.
func (b Builder) Name() string { return "builder image " + b.Version }

// Observe implements Resource. The image goes with the repository, or stays with it:
// builds of others may run it.
func (b Builder) Observe(ctx context.Context) (State, error) {
	_, ok, err := b.Cloud.Registry.Digest(ctx, b.Package, b.Version)
	if err != nil || !ok {
		return State{Found: Missing}, err
	}
	return State{Found: Present}, nil
}

// Make implements Resource.
func (b Builder) Make(ctx context.Context) error { return b.Push(ctx) }

// Remove implements Resource.
func (b Builder) Remove(context.Context) error { return nil }

// Commands implements Resource.
func (b Builder) Commands(State) []string { return []string{b.Line} }

// Terraform implements Resource.
func (b Builder) Terraform() string { return "" }
