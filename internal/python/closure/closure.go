// Package closure turns what an app asks for into one value: every requirement,
// constraint and option with its place, from requirement files, lock files and
// pyproject.toml, as pip 26.3 would see them, and one canonical form. The wheels key
// hashes that form and the wheels build hands its text to pip, so that what was hashed
// is what is built. The package never resolves, downloads or decides what to install,
// keeps the credentials it reads apart from all else, and knows nothing of images or
// keys. It stands at the start of the flow, beside config.
package closure

import (
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Requirement is one requirement line. The JSON form is what
// `gcpdeploy requirements --json` prints.
type Requirement struct {
	// Raw is the requirement's text after continuations, comments and
	// variables, without its options; passwords are masked as pip masks them.
	Raw string `json:"raw"`
	// File is slashed and relative to the app's directory; Line is the first
	// physical line.
	File string `json:"file"`
	Line int    `json:"line"`
	// Constraint says that the line only limits what others ask for.
	Constraint bool                `json:"constraint"`
	Editable   bool                `json:"editable"`
	Hashes     map[string][]string `json:"hashes"`
	// ConfigSettings go to the build backend of this one project.
	ConfigSettings Settings `json:"config_settings"`
	// Name is normalised (PEP 503); "" where only the project itself knows it.
	Name string `json:"name"`
	// Specifier is sorted and without blanks: "!=1.5,>=1.2".
	Specifier string `json:"specifier"`
	// Extras are normalised and sorted.
	Extras []string `json:"extras"`
	// Marker is the normalised PEP 508 marker, "" without one.
	Marker string `json:"marker"`
	// Link is the URL of a requirement that names its source, as pip builds it
	// (file:///… for local paths), passwords masked; "" for one from an index.
	Link string `json:"link"`

	form   form
	others []string // see Located
}

func newRequirement(text, file string, line int) Requirement {
	return Requirement{
		Raw: link.Mask(text), File: file, Line: line,
		Hashes: map[string][]string{}, ConfigSettings: Settings{}, Extras: []string{},
	}
}

// form holds what Canonical needs and nobody else: parts that carry the meaning
// but not the spelling.
type form struct {
	specifier string // canonical versions
	marker    string // values quoted so that a requirements file can hold them
	url       string // no userinfo, no egg=
	local     string // app-relative slash path, "" when not local
	fragment  string // of a local archive: subdirectory or hash
	named     bool   // the line gives the name itself, NAME @ URL
	own       bool   // a project in the app's tree
	apart     bool   // that project is no part of the wheels: its dependencies stand for it
	derived   bool   // a dependency of such a project
	complete  bool   // the dependencies of that project stand beside it
}

// Options are the options of all files together: pip applies each to the whole
// run, wherever it stands.
type Options struct {
	// IndexURLs is the main index, if one was named, then the extra ones.
	IndexURLs     []string `json:"index_urls"`
	FindLinks     []string `json:"find_links"`
	NoIndex       bool     `json:"no_index"`
	NoBinary      []string `json:"no_binary"`
	OnlyBinary    []string `json:"only_binary"`
	PreferBinary  bool     `json:"prefer_binary"`
	Pre           bool     `json:"pre"`
	TrustedHosts  []string `json:"trusted_hosts"`
	RequireHashes bool     `json:"require_hashes"`

	NoRequireHashes bool     `json:"no_require_hashes,omitempty"`
	AllReleases     []string `json:"all_releases,omitempty"`
	OnlyFinal       []string `json:"only_final,omitempty"`
	Features        []string `json:"use_features,omitempty"`
}

// Closure is everything that pip would see from the named files.
type Closure struct {
	Requirements []Requirement // in the order read, constraints among them
	Options      Options
	Files        []string // every file read, once, slashed, relative to the app's directory
	Own          []Own    // the app's own projects, each once, sorted by path
	Locals       []string // all else in the app's tree that the wheels are made of, app-relative, sorted
	Credentials  []Credential
	Logins       []string // the files read with a login in some URL of theirs
	Hosts        []string // that pip or git will ask, without ports, sorted; not those of the public index
	Unsafe       []string // of Hosts, those that are asked without TLS, or with no look at their certificate
	Warnings     []Warning

	index      string   // the main index when one was named
	extra      []string // the extra indexes
	localLinks []string // canonical find-links
}

// Warning is something that works but that its author may not want.
type Warning struct {
	File    string
	Line    int
	Message string
}

// Has says whether a requirement (not only a constraint) of this name is asked
// for; any spelling of the name will do.
func (c *Closure) Has(name string) bool {
	_, ok := c.Find(name)
	return ok
}

// Find gives the first requirement of this name that is no constraint.
func (c *Closure) Find(name string) (Requirement, bool) {
	name = pep508.Normal(name)
	for _, r := range c.Requirements {
		if !r.Constraint && r.Name == name {
			return r, true
		}
	}
	return Requirement{}, false
}

// HashChecking says whether pip will demand a hash of every artefact of the
// run: one --hash anywhere is enough.
func (c *Closure) HashChecking() bool {
	return !c.Options.NoRequireHashes && (c.Options.RequireHashes || c.anyHash())
}

func (c *Closure) anyHash() bool {
	for _, r := range c.Requirements {
		if len(r.Hashes) > 0 {
			return true
		}
	}
	return false
}
