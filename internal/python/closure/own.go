package closure

import (
	"cmp"
	"path"
	"regexp"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
)

// Project is what a project in the app's tree says of itself, see Sources.
type Project struct {
	Name     string    // normalised, "" when unknown
	Requires []Strings // its dependencies, with those of the extras asked for
	Files    []string  // pip's files with more of them
	Build    []Strings // what building it needs
	// Opaque says why only the project's build backend knows its dependencies; ""
	// when they are all in Requires and Files.
	Opaque string
}

// Own is a project of the app's own that a requirement names, such as `-e .` or
// ./libs/x. It goes into the app's layer. Of the wheels it decides no more than
// its dependencies, where it tells them itself.
type Own struct {
	Path     string `json:"path"` // slashed, relative to the app
	Name     string `json:"name,omitempty"`
	Editable bool   `json:"editable"`
	File     string `json:"file"` // that asks for it
	Line     int    `json:"line"`
	// Opaque says why every one of its files decides the wheels; "" when only its
	// dependencies do.
	Opaque string `json:"opaque,omitempty"`
	// Declared is what its own file asks for, which a lock file may be older than;
	// nil where a marker says when the project itself is needed.
	Declared []Strings `json:"-"`

	complete bool   // nobody has to ask for its dependencies
	marker   string // "" = always
	settings Settings
	build    []Requirement
}

// provider is the project of the app's own that meets a requirement, which must
// not come from an index then; nil for none.
func (c *Closure) provider(r Requirement) *Own {
	if r.Name == "" || r.form.local != "" || r.form.url != "" || r.Constraint {
		return nil
	}
	for i, o := range c.Own {
		if o.Name == r.Name && o.Opaque == "" { // else pip sees both, and knows
			return &c.Own[i]
		}
	}
	return nil
}

// Asks says whether there is anything to install but the app's own projects.
func (c *Closure) Asks() bool { return slices.ContainsFunc(c.Requirements, c.installs) }

// Unhashed gives the first requirement that has no hash, of those that are
// installed from wheels.
func (c *Closure) Unhashed() (Requirement, bool) {
	for _, r := range c.Requirements {
		if len(r.Hashes) == 0 && c.installs(r) && !c.limits(r) {
			return r, true
		}
	}
	return Requirement{}, false
}

// linkHash is a hash in a link, which pip takes for one of the line.
var linkHash = regexp.MustCompile(`[#&](?:md5|sha[0-9]+)=`)

// HalfHashed gives the first requirement that has no hash where pip will want one, so
// that it is sure to refuse them all: one that the environment needs, and that no
// other line of its project has a hash for.
func (c *Closure) HalfHashed(env pep508.Environment) (Requirement, bool) {
	if !c.HashChecking() {
		return Requirement{}, false
	}
	for _, r := range c.Requirements {
		same := func(q Requirement) bool { return q.Name == r.Name && len(q.Hashes) > 0 }
		if len(r.Hashes) == 0 && c.installs(r) && !linkHash.MatchString(r.form.url) && env.Always(r.Marker) &&
			(r.Name == "" || !slices.ContainsFunc(c.Requirements, same)) {
			return r, true
		}
	}
	return Requirement{}, false
}

func (c *Closure) installs(r Requirement) bool {
	return !r.Constraint && !r.form.apart && c.provider(r) == nil
}

// limits says whether a dependency of a project is no more than a constraint:
// where hashes are checked, the requirement that has them is the one to install.
func (c *Closure) limits(r Requirement) bool {
	return r.form.derived && r.form.url == "" && len(r.Hashes) == 0 && c.HashChecking() &&
		slices.ContainsFunc(c.Requirements, func(q Requirement) bool { return q.Name == r.Name && len(q.Hashes) > 0 })
}

// MergeOwn gives the own projects of several closures, each once, sorted by path;
// one that is editable anywhere is editable. A nil closure has none.
func MergeOwn(closures ...*Closure) (all []Own) {
	for _, c := range closures {
		if c != nil {
			for _, o := range c.Own {
				all = mergeOwn(all, o)
			}
		}
	}
	return all
}

func mergeOwn(all []Own, o Own) []Own {
	i, found := slices.BinarySearchFunc(all, o, func(a, b Own) int { return cmp.Compare(a.Path, b.Path) })
	if !found {
		return slices.Insert(slices.Clone(all), i, o)
	}
	all = slices.Clone(all)
	have := &all[i]
	have.Editable = have.Editable || o.Editable
	have.Declared = slices.Concat(have.Declared, o.Declared)
	switch {
	case have.marker == "" || o.marker == "":
		have.marker = ""
	case have.marker != o.marker:
		have.marker = "(" + have.marker + ") or (" + o.marker + ")"
	}
	if len(have.settings) == 0 {
		have.settings = o.settings
	}
	return all
}

// Install is the requirement line that installs the project where the app
// lies in root, an absolute slash path. An editable one with a marker is not editable there: pip
// knows no such line.
func (o Own) Install(root string) string {
	at := path.Join(root, o.Path)
	line := at
	if o.Editable && o.marker == "" {
		line = "-e " + reqfile.Quote(at)
	} else if o.marker != "" {
		line += " ; " + o.marker
	}
	return line + settingsText(o.settings)
}

// Build is what building the projects needs, with the closure's options. Hashes are
// not asked for: projects name none.
func (c *Closure) Build(own []Own) *Closure {
	build := &Closure{Options: c.Options, index: c.index, extra: c.extra, localLinks: c.localLinks}
	build.Options.RequireHashes = false
	for _, o := range own {
		for _, r := range o.build {
			r.form.marker = both(r.form.marker, o.marker)
			build.Requirements = append(build.Requirements, r)
		}
	}
	return build
}
