// Package actions speaks to GitHub Actions: annotations at a file and line, outputs
// of the step, and the summary of its job. It knows the forms and nothing of what is
// said in them; another system hears nothing.
package actions

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Runner is the runner of the job that this is a step of. Its zero value is none,
// and writes nothing.
type Runner struct {
	workspace        string
	outputs, summary string // files
	on               bool
}

// Of is the runner that some variables are of.
func Of(lookup func(string) (string, bool)) Runner {
	var r Runner
	if lookup == nil {
		return r
	}
	is, _ := lookup("GITHUB_ACTIONS")
	if r.on = is == "true"; r.on {
		r.workspace, _ = lookup("GITHUB_WORKSPACE")
		r.outputs, _ = lookup("GITHUB_OUTPUT")
		r.summary, _ = lookup("GITHUB_STEP_SUMMARY")
	}
	return r
}

// On says whether there is one.
func (r Runner) On() bool { return r.on }

// Annotation is the line that shows a text at a place of the repository, "" without a
// runner. kind is error, warning or notice. The place's file is relative to the first
// of the folders that has it.
func (r Runner) Annotation(kind string, at *errs.Place, text string, folders ...string) string {
	if !r.on {
		return ""
	}
	var properties []string
	if at != nil {
		if file, ok := r.file(at.File, folders); ok {
			properties = append(properties, "file="+property(file))
			if at.Line > 0 {
				properties = append(properties, fmt.Sprintf("line=%d", at.Line))
			}
			if at.Line > 0 && at.Column > 0 {
				properties = append(properties, fmt.Sprintf("col=%d", at.Column))
			}
		}
	}
	properties = append(properties, "title=gcpdeploy")
	return "::" + kind + " " + strings.Join(properties, ",") + "::" + data(text)
}

// file is the path of a file in the repository, which is how GitHub finds it.
func (r Runner) file(name string, folders []string) (string, bool) {
	if filepath.IsAbs(name) {
		folders = []string{""}
	}
	for _, folder := range folders {
		path, err := filepath.Abs(filepath.Join(folder, name))
		if err != nil {
			continue
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		inside, err := filepath.Rel(r.workspace, path)
		if err == nil && filepath.IsLocal(inside) {
			return filepath.ToSlash(inside), true
		}
	}
	return "", false
}

// data is a text of a workflow command: it ends with the line, and %XX is decoded.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// property is a value before the text, which : and , end.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// Output is one of the step's.
type Output struct{ Name, Value string }

// Outputs hands values to later steps. A value may have any lines: what ends it is
// random, so that no value can begin another one.
func (r Runner) Outputs(all ...Output) error {
	if r.outputs == "" {
		return nil
	}
	var b strings.Builder
	for _, o := range all {
		end := "end-" + rand.Text()
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", o.Name, end, o.Value, end)
	}
	return add(r.outputs, b.String())
}

// Summary adds Markdown to the job's page.
func (r Runner) Summary(markdown string) error {
	const most = 1 << 20 // docs.github.com/actions, workflow commands, job summaries, read 2026-11
	if r.summary == "" || len(markdown) > most {
		return nil
	}
	return add(r.summary, markdown)
}

func add(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
