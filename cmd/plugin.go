package cmd

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/plugin"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// asPlugin turns a run without arguments that has a plugin's settings into the
// command that these ask for. Another run stays as it is.
func asPlugin(s ui.Streams, d Deps, args []string) (ui.Streams, Deps, []string, error) {
	if len(args) > 1 || d.Names == nil || !plugin.Wanted(d.Names()) {
		return s, d, args, nil
	}
	dir, _ := os.Getwd() // without one, nothing is relative to it
	call, err := plugin.Read(plugin.Input{Lookup: d.Lookup, Names: d.Names(), Dir: dir, Targets: clients.Settings()})
	if err != nil {
		return s, d, args, err
	}
	s.Out, s.Err = mask(s.Out, call.Secrets), mask(s.Err, call.Secrets)
	report := warner(s, d)
	for _, w := range call.Warnings {
		report.Warn(w)
	}
	report.Close()
	args = slices.Concat([]string{"gcpdeploy"}, call.Args)
	if call.Dir != "" {
		if info, err := os.Stat(call.Dir); err != nil || !info.IsDir() {
			return s, d, args, plugin.Refuse("dir", "Name the app's folder, relative to the repository's.", "there is no such folder")
		}
		args = append(args, "--source="+call.Dir)
	}
	d.Key.JSON, d.Key.From = call.Key, call.KeyFrom
	d.Lookup, d.Names = over(call.Settings, d.Lookup), alsoNames(d.Names, call.Settings)
	return s, d, args, nil
}

// over is a lookup with some variables more.
func over(more map[string]string, lookup func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if v, ok := more[name]; ok {
			return v, true
		}
		return lookup(name)
	}
}

func alsoNames(names func() []string, more map[string]string) func() []string {
	return func() []string { return slices.AppendSeq(names(), maps.Keys(more)) }
}

// mask is a writer without secrets, as they are and as JSON has them.
func mask(to io.Writer, secrets []string) io.Writer {
	var pairs []string
	for _, secret := range secrets {
		pairs = append(pairs, secret, "****")
		if quoted, err := json.Marshal(secret); err == nil {
			pairs = append(pairs, strings.Trim(string(quoted), `"`), "****")
		}
	}
	if len(pairs) == 0 {
		return to
	}
	return masked{to, strings.NewReplacer(pairs...)}
}

// masked looks at each write by itself: ours are whole lines.
type masked struct {
	to      io.Writer
	replace *strings.Replacer
}

// Write implements io.Writer.
func (m masked) Write(p []byte) (int, error) {
	if _, err := m.replace.WriteString(m.to, string(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}
