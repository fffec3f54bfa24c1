package closure

import (
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
)

// Canonical is the closure as two flat files that pip reads with the same
// meaning, in a directory where the app's local projects lie under src/: its
// Entries, one a line.
func (c *Closure) Canonical() (requirements, constraints []byte) {
	for _, e := range c.Entries() {
		to := &requirements
		if e.Kind == Constraint {
			to = &constraints
		}
		*to = append(append(*to, e.String()...), '\n')
	}
	return requirements, constraints
}

// key sorts lines: by project, or by source where no name is written.
func (r Requirement) key() string {
	switch {
	case r.form.local != "":
		return "./" + r.form.local
	case r.Name == "":
		return r.form.url
	}
	return r.Name
}

// BuildPath is where a local project or file, named relative to the app, lies for
// the build, beside the canonical files. What is outside of the app's folder is there
// in another place than in the source: the requirements are the same then wherever
// the rest of the source lies.
func BuildPath(rel string) string {
	to, rest := "src", rel+"/"
	for strings.HasPrefix(rest, "../") {
		to, rest = to+"/_above", rest[len("../"):]
	}
	return path.Join(to, rest)
}

func localPath(rel string) string { return "./" + BuildPath(rel) }

// entry is the requirement in its canonical form.
func (r Requirement) entry() Entry {
	extras := ""
	if len(r.Extras) > 0 {
		var names []string
		for _, e := range r.Extras {
			names = append(names, writable(e))
		}
		extras = "[" + strings.Join(names, ",") + "]"
	}
	f, name := r.form, writable(r.Name)
	e := Entry{Kind: Required, Name: name, key: r.key()}
	switch {
	case f.local != "" && (r.Constraint || f.fragment != ""):
		e.Line = r.fileURL(extras)
		e.Name = head(e.Line)
	case f.local != "":
		e.Name, e.Line, e.Local = head(localPath(f.local)), localPath(f.local)+extras, true
	case f.url != "" && r.Name == "":
		e.Name, e.Line = head(f.url), f.url
	case f.url != "" && strings.Contains(f.url, ";"):
		e.Name, e.Line = head(f.url), withEgg(f.url, r.Name)
	case f.url != "":
		e.Line = name + extras + " @ " + f.url
	default:
		e.Specifier, e.Line = f.specifier, name+extras+f.specifier
	}
	if f.marker != "" {
		e.Line += " ; " + f.marker
	}
	e.Line += settingsText(r.ConfigSettings)
	for _, algorithm := range sortedKeys(r.Hashes) {
		var digests []string
		for _, d := range r.Hashes[algorithm] {
			if !strings.Contains(d, "${") {
				d = strings.ToLower(d)
			}
			digests = append(digests, d)
		}
		for _, d := range sortedSet(digests) {
			e.Hashes = append(e.Hashes, reqfile.Quote(algorithm+":"+d))
		}
	}
	return e
}

// head is a source up to where a project's name would end.
func head(source string) string {
	if i := strings.IndexAny(source, " <>=!~;@(["); i > 0 {
		return source[:i]
	}
	return source
}

func settingsText(s Settings) string {
	var b strings.Builder
	for _, key := range sortedKeys(s) {
		for _, v := range s[key] {
			b.WriteString(" --config-settings=" + reqfile.Quote(key+"="+v))
		}
	}
	return b.String()
}

// writable is a normal name as the grammar takes it: foo_ normalises to foo-,
// which no line may say.
func writable(name string) string {
	if bare, ok := strings.CutSuffix(name, "-"); ok {
		return bare + "_"
	}
	return name
}

// fileURL names a local source where a path will not do: a constraint needs the
// name, an archive its subdirectory.
func (r Requirement) fileURL(extras string) string {
	u := "file:" + strings.TrimPrefix(link.OfPath(strings.TrimPrefix(localPath(r.form.local), "./")), "file://")
	if r.form.fragment != "" {
		u += "#" + r.form.fragment
	}
	if extras != "" && r.Name != "" || strings.HasSuffix(r.Name, "-") {
		return writable(r.Name) + extras + " @ " + u
	}
	return withEgg(u, r.Name)
}

func withEgg(u, name string) string {
	if name == "" || strings.HasSuffix(name, "-") { // egg= takes no foo_
		return u
	}
	if strings.Contains(u, "#") {
		return u + "&egg=" + name
	}
	return u + "#egg=" + name
}

// sortedSet sorts and removes what is double.
func sortedSet(s []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(s)))
}

func sortedKeys(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
