package cmd

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/stock"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func wheelsCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "wheels",
		Usage: "list, show, prebuild, refresh, lock and remove the wheels images of the repository",
		Subcommands: []*cli.Command{
			wheelsListCommand(s, d, WheelsList),
			wheelsShowCommand(s, d, WheelsShow),
			wheelsRefreshCommand(s, d, WheelsRefresh),
			wheelsPrebuildCommand(s, d, WheelsPrebuild),
			wheelsLockCommand(s, d, WheelsLock),
			wheelsPruneCommand(s, d, WheelsPrune),
		},
	}
}

// usedBy is a revision in JSON.
type usedBy struct {
	Service  string `json:"service"`
	Revision string `json:"revision,omitempty"`
	Serving  bool   `json:"serving"`
}

// wheelsReport is a wheels image in JSON.
type wheelsReport struct {
	Keys     []string  `json:"keys"`    // W; the beginning of one for a partial image
	Content  []string  `json:"content"` // C
	Digest   string    `json:"digest"`
	Image    string    `json:"image"`
	Tags     []string  `json:"tags"`
	Uploaded time.Time `json:"uploaded"`
	Size     int64     `json:"size"`
	Partial  bool      `json:"partial"`
	Base     string    `json:"base,omitempty"`
	Count    *int      `json:"package_count,omitempty"`
	UsedBy   []usedBy  `json:"used_by"` // null: it may not be known
}

// reportWheels is an image of a repository; denied is why it is not known who uses
// it, or nil.
func reportWheels(repository stock.Keeper, w inventory.Wheels, denied error) wheelsReport {
	out := wheelsReport{
		Keys: list(w.W), Content: list(w.C), Digest: w.Digest, Image: repository.Ref(w.Package, w.Digest), Tags: list(w.Tags),
		Uploaded: w.Uploaded, Size: w.Size, Partial: w.Partial, Base: w.Base(), UsedBy: []usedBy{},
	}
	if denied != nil {
		out.UsedBy = nil
	}
	for _, u := range w.UsedBy {
		out.UsedBy = append(out.UsedBy, usedBy{u.Service, u.Revision, u.Serving})
	}
	return out
}

// warnDenied tells people that the services may not be seen.
func warnDenied(s ui.Streams, denied error) {
	if denied != nil {
		fmt.Fprintf(s.Err, "warning: who uses the wheels is not known: %v\n", denied)
	}
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// services says for people which services use an image; none is said as nobody.
func (r wheelsReport) services(nobody string) string {
	switch {
	case r.UsedBy == nil:
		return "not known"
	case len(r.UsedBy) == 0:
		return nobody
	}
	type state struct {
		revisions int
		serving   bool
	}
	var names []string
	states := map[string]state{}
	for _, u := range r.UsedBy {
		st, ok := states[u.Service]
		if !ok {
			names = append(names, u.Service)
		}
		states[u.Service] = state{st.revisions + 1, st.serving || u.Serving}
	}
	slices.Sort(names)
	for n, name := range names {
		st := states[name]
		names[n] = fmt.Sprintf("%s (%s", name, ui.Count(st.revisions, "revision"))
		if st.serving {
			names[n] += ", serves"
		}
		names[n] += ")"
	}
	return strings.Join(names, ", ")
}
