// Package cifile writes the file by which a CI system deploys an app, and what else
// has to be done for it by hand. It knows the systems' forms; what stands in them
// comes from the configuration. It is pure: same values, same text.
package cifile

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Values are what a file says.
type Values struct {
	System                   string // one of internal/ci's, but for Cloud Build
	Service, Project, Number string // Number is the project's
	Image                    string // of gcpdeploy, by digest
	Branch                   string // that is deployed
	Host, Repository         string // where the repository is, and OWNER/NAME
	Flags                    []Flag // that mean the same app in a checkout
	// Previews are shown of pull requests until they are closed. Gone are the flags by which
	// a preview is deleted, and RunsAs the account of the app: of a preview by a tag, who
	// deletes it has to be allowed to act as that; "" = of none.
	Previews bool
	Gone     []string
	RunsAs   string
}

// Flag is a flag of `gcpdeploy up`, without its dashes, and the setting that says it
// to a plugin.
type Flag struct{ Name, Setting, Value string }

// File is what was written, and where to: Path is relative to the repository.
type File struct{ Path, Text string }

var paths = map[string]string{
	ci.GitHub: ".github/workflows/gcpdeploy.yml", ci.GitLab: ".gitlab-ci.yml", ci.Drone: ".drone.yml", ci.Woodpecker: ".woodpecker.yml",
}

// Systems are those that there is a file for.
var Systems = []string{ci.GitHub, ci.GitLab, ci.Drone, ci.Woodpecker}

// Shows says whether previews can be shown of a system's pull requests: the others do not
// say from which repository one comes, so nothing of one is released.
func Shows(system string) bool { return system == ci.GitHub || system == ci.GitLab }

// PathOf is where a system's file is.
func PathOf(system string) string { return paths[system] }

// The names of what is made at Google for a CI system.
const (
	accountName = "gcpdeploy-ci"
	pool        = "gcpdeploy"
)

// Account is the e-mail of the service account that a CI system is.
func (v Values) Account() string {
	// A project of a domain is example.com:p, and p.example.com in an address.
	domain, name, of := strings.Cut(v.Project, ":")
	if of {
		return accountName + "@" + name + "." + domain + ".iam.gserviceaccount.com"
	}
	return accountName + "@" + v.Project + ".iam.gserviceaccount.com"
}

// Provider is the workload identity provider of the system.
func (v Values) Provider() string {
	return "projects/" + v.Number + "/locations/global/workloadIdentityPools/" + pool + "/providers/" + v.System
}

// Audience is whom an identity token is for.
func (v Values) Audience() string { return "https://iam.googleapis.com/" + v.Provider() }

// Group is what runs one at a time.
func (v Values) Group() string {
	switch {
	case v.System == ci.GitHub && v.Previews: // of one that is merged the ref is the branch's
		return "gcpdeploy-" + v.Service + "-${{ github.event.pull_request.number || github.ref }}"
	case v.System == ci.GitHub:
		return "gcpdeploy-" + v.Service + "-${{ github.ref }}"
	}
	return "gcpdeploy-" + v.Service
}

// Command is what writes the file again.
func (v Values) Command() string {
	if v.Previews {
		return "gcpdeploy init --ci " + v.System + " --preview --force"
	}
	return "gcpdeploy init --ci " + v.System + " --force"
}

// Deploy is the line of a shell that deploys, Test the one that releases nothing.
func (v Values) Deploy() string { return v.up() }

// Test is Deploy without the release.
func (v Values) Test() string { return v.up("--no-release") }

// Show is Deploy of a preview that is called after its pull request, and Delete the line
// that takes that away.
func (v Values) Show() string { return v.up("--preview", "auto") }

// Delete is the end of what Show shows.
func (v Values) Delete() string {
	words := []string{"gcpdeploy", "preview", "delete", "auto"}
	for _, f := range v.Gone {
		words = append(words, Word(f))
	}
	return strings.Join(words, " ")
}

func (v Values) up(more ...string) string {
	words := append([]string{"gcpdeploy", "up"}, more...)
	for _, f := range v.Flags {
		words = append(words, Word("--"+f.Name+"="+f.Value))
	}
	return strings.Join(words, " ")
}

// Settings are the flags as a plugin gets them.
func (v Values) Settings() (all []Flag) {
	for _, f := range v.Flags {
		all = append(all, Flag{Name: f.Setting, Value: f.Value})
	}
	return all
}

//go:embed templates
var templates embed.FS

// unsafe is what means something to one of the systems wherever it stands.
var unsafe = regexp.MustCompile(`[$'"\\\x00-\x1f\x7f]|\{\{`)

// Render writes the file. An error is of a value that no file of these systems can
// hold as it is.
func Render(v Values) (File, error) {
	for _, s := range append([]string{v.Service, v.Project, v.Number, v.Image, v.Branch, v.Host, v.Repository}, append(flagTexts(v.Flags), v.Gone...)...) {
		if unsafe.MatchString(s) {
			return File{}, errs.New(errs.Usage, "Name it without $, quotes, braces and control characters.", "%q means something else in a file of %s", s, v.System)
		}
	}
	t, err := template.New(v.System+".yml").Funcs(template.FuncMap{"quote": quote, "word": Word, "expr": expr}).ParseFS(templates, "templates/"+v.System+".yml")
	if err != nil {
		return File{}, fmt.Errorf("the file of %s: %w", v.System, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return File{}, fmt.Errorf("writing the file of %s: %w", v.System, err)
	}
	return File{paths[v.System], b.String()}, nil
}

func flagTexts(flags []Flag) (all []string) {
	for _, f := range flags {
		all = append(all, f.Name, f.Value)
	}
	return all
}

// simple are texts that YAML takes for text as they are.
var simple = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 ./@_=-]*[A-Za-z0-9]$`)

// words of YAML that are no text.
var other = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|null|y|n)$`)

// quote is a text in YAML. JSON's form is one of YAML's.
func quote(s string) string {
	if simple.MatchString(s) && !other.MatchString(s) {
		return s
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // text: never fails
	return strings.TrimSuffix(b.String(), "\n")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9@%+=:,./_-]+$`)

// Word is a text as one word of a shell.
func Word(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// expr is an expression of GitHub's.
func expr(s string) string { return "${{ " + s + " }}" }
