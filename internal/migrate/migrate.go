// Package migrate writes the configuration of an app that App Engine has run, from its
// app.yaml. What the file's keys become at a target, the targets say; this puts it
// together with what holds for all of them. It is pure: same values, same text.
package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// To is what a target makes of an app.yaml: its name and section in the configuration.
type To struct {
	Target, Section string
	release.Import
}

// Text is the configuration. The entrypoint is for a file that has none; "" = it is
// left to be found.
func Text(f *appyaml.File, entrypoint string, to []To) string {
	w := &writer{}
	w.line(0, "# Written from "+f.Place.File+" by `gcpdeploy init --from`; the lines it comes from are beside it.")
	for _, t := range to {
		if t.Env != "" {
			continue
		}
		w.line(0, "target: "+t.Target)
		for _, s := range t.Settings {
			if s.Ours {
				w.said(0, s.Name, scalar(s.Text), s.Place.Line)
			}
		}
		w.shared(f, entrypoint)
		w.section(0, t.Section, t.Settings)
	}
	w.environments(to)
	for _, t := range to {
		if len(t.Notes) == 0 {
			continue
		}
		w.line(0, "")
		w.line(0, "# What changes, or has no counterpart:")
		for _, note := range t.Notes {
			w.line(0, "# "+strings.ReplaceAll(note, "\n", " "))
		}
	}
	return w.String()
}

type writer struct{ strings.Builder }

func (w *writer) line(depth int, text string) {
	w.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

// said writes a key with a value, and where that was said.
func (w *writer) said(depth int, key string, value string, line int) {
	text := key + ": " + value
	if line > 0 {
		text += "  # " + fmt.Sprintf("%s:%d", appyaml.Name, line)
	}
	w.line(depth, text)
}

// shared are the keys that hold for every target.
func (w *writer) shared(f *appyaml.File, entrypoint string) {
	if v := f.Python(); python.Valid(v) {
		w.said(0, "python", quoted(v), f.Line("runtime"))
	}
	if said := strings.TrimSpace(f.Text("entrypoint")); said != "" {
		w.said(0, "entrypoint", quoted(said), f.Line("entrypoint"))
	} else if entrypoint != "" {
		w.said(0, "entrypoint", quoted(entrypoint), 0)
	}
	if path := f.Text("readiness_check.path"); plain().MatchString(path) {
		w.said(0, "start", "{path: "+quoted(path)+"}", f.Line("readiness_check.path"))
	}
}

func (w *writer) section(depth int, name string, settings []config.Said) {
	settings = slices.DeleteFunc(slices.Clone(settings), func(s config.Said) bool { return s.Ours })
	if len(settings) == 0 {
		return
	}
	w.line(depth, name+":")
	for _, s := range settings {
		if s.Map == nil {
			w.said(depth+1, s.Name, scalar(s.Text), s.Place.Line)
			continue
		}
		w.line(depth+1, s.Name+":")
		for _, e := range s.Map {
			w.said(depth+2, scalar(e.Name), quoted(e.Text), 0)
		}
	}
}

// environments are those that lead to the other targets.
func (w *writer) environments(to []To) {
	first := true
	for _, t := range to {
		if t.Env == "" {
			continue
		}
		if first {
			w.line(0, "environments:")
			first = false
		}
		w.line(1, t.Env+":")
		w.line(2, "target: "+t.Target)
		w.section(2, t.Section, t.Settings)
	}
}

// plain is a path as a check asks for it. App Engine takes any text for one.
var plain = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/[A-Za-z0-9/_.~-]*$`) })

// bare is what needs no quotes, and what YAML has no other type for than we.
var bare = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([1-9][0-9]*|[A-Za-z_][A-Za-z0-9_@.-]*|[0-9]+(Mi|Gi|M|G|m|h|s))$`)
})

// scalar is a text or number, quoted where it has to be.
func scalar(s string) string {
	if bare().MatchString(s) && (s == "true" || s == "false" || !isWord(s)) {
		return s
	}
	return quoted(s)
}

// isWord says whether YAML may have a text for something else.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return true
	}
	return false
}

// quoted is a text as JSON has it, which YAML reads, too.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text: never fails
	return strings.TrimSuffix(b.String(), "\n")
}
