package builder

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// ResolutionFile is what the resolve step leaves in plan.Resolution.
const ResolutionFile = "resolution.json"

// Compare says what a resolution has that a wheels image has not, or otherwise.
// current is a reference by digest.
func Compare(ctx context.Context, reg Registry, current string, resolution []byte, out io.Writer) (plan.ResolvedPackages, error) {
	var then, now struct {
		Packages []inventory.Package `json:"packages"`
	}
	r := plan.ResolvedPackages{Changed: []plan.Changed{}}
	if err := json.Unmarshal(resolution, &now); err != nil {
		return r, fmt.Errorf("reading the resolution: %w", err)
	}
	digest, err := resolve(ctx, reg, current)
	if err != nil {
		return r, err
	}
	manifest, err := reg.ReadFile(ctx, plan.Wheels, digest, inventory.ManifestFile)
	if err == nil {
		err = json.Unmarshal(manifest, &then)
	}
	if err != nil {
		return r, fmt.Errorf("reading the manifest of the wheels in use: %w", err)
	}
	r.Packages, r.Changed = len(now.Packages), inventory.Changes(then.Packages, now.Packages)
	for _, c := range r.Changed {
		fmt.Fprintln(out, c)
	}
	if len(r.Changed) == 0 {
		fmt.Fprintf(out, "%s, all as before\n", ui.Count(r.Packages, "package"))
	} else {
		fmt.Fprintf(out, "%s, %s\n", ui.Count(r.Packages, "package"), ui.Count(len(r.Changed), "change"))
	}
	return r, nil
}

// Refreshed are the references that a refresh pushed and tested. TestEnv is "" when
// the tests need no packages.
type Refreshed struct {
	Wheels                  string // digest
	Runtime, TestEnv, Image string
}

// Promote lets tested images become what deploys get. What is new is tagged
// first; moving the runtime's key is the promotion, in one call: a deploy sees
// all of the old or all of the new.
func Promote(ctx context.Context, reg Registry, p plan.Plan, made Refreshed, out io.Writer) (plan.Promoted, error) {
	r := plan.Promoted{Wheels: made.Wheels}
	var err error
	if r.Runtime, err = resolve(ctx, reg, made.Runtime); err != nil {
		return r, err
	}
	if r.Image, err = resolve(ctx, reg, made.Image); err != nil {
		return r, err
	}
	testenv, app := p.Seeds.Keys(r.Runtime)
	if made.TestEnv != "" {
		if r.TestEnv, err = resolve(ctx, reg, made.TestEnv); err != nil {
			return r, err
		}
		if r.TestEnv, _, err = reg.CreateTag(ctx, plan.TestEnv, testenv.Hash, r.TestEnv); err != nil {
			return r, err
		}
	}
	if r.Image, _, err = reg.CreateTag(ctx, p.Service, app.Hash, r.Image); err != nil {
		return r, err
	}
	if err := reg.MoveTag(ctx, plan.Runtime, p.Keys.Runtime.Key, r.Runtime); err != nil {
		return r, err
	}
	if err := reg.MoveTag(ctx, plan.Wheels, p.Keys.Wheels.Key, r.Wheels); err != nil {
		return r, err
	}
	fmt.Fprintln(out, "the next deploy gets it")
	return r, nil
}
