package clients

import (
	"os"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/git"
)

// origin is where a run comes from: what the system says that started it, else what
// is checked out around the app's folder. nil = nothing says. It reads a few small
// files at most.
func (d Deps) origin(folder string) *ci.Origin {
	if o, ok := ci.Find(d.Lookup); ok {
		o = o.WithEvent(os.ReadFile)
		return &o
	}
	r, ok, err := git.Find(folder)
	if err != nil || !ok {
		return nil
	}
	remote, _, _ := r.Remote("origin") // what cannot be read says nothing
	if o, ok := ci.OfCheckout(r.Commit(), r.Branch(), remote); ok {
		return &o
	}
	return nil
}
