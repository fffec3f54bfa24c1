package lockfile

import (
	"strings"

	"deps.dev/util/semver"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// poetryDependency is one dependency in the tables of Poetry.
type poetryDependency struct {
	name, version, marker string
	extras                []string
	optional              bool
}

// isNamed says that a requirement such as "psutil (>=5)" is of this package.
func (d poetryDependency) isNamed(text string) bool {
	end := strings.IndexFunc(text, func(r rune) bool { return strings.ContainsRune(" ([<>=!~;@", r) })
	if end < 0 {
		end = len(text)
	}
	return pep508.Normal(text[:end]) == d.name
}

// poetryDependencies reads a table of dependencies: each a version, a table, or
// a list of these.
func poetryDependencies(table map[string]any) []poetryDependency {
	var out []poetryDependency
	for name, value := range table {
		if pep508.Normal(name) == "python" {
			continue
		}
		several, ok := value.([]any)
		if !ok {
			several = []any{value}
		}
		for _, one := range several {
			d := poetryDependency{name: pep508.Normal(name)}
			switch one := one.(type) {
			case string:
				d.version = one
			case map[string]any:
				d.read(one)
			}
			out = append(out, d)
		}
	}
	return out
}

func (d *poetryDependency) read(table map[string]any) {
	text := func(key string) string { s, _ := table[key].(string); return s }
	d.version, d.optional = text("version"), table["optional"] == true
	extras, _ := table["extras"].([]any)
	for _, e := range extras {
		if s, ok := e.(string); ok {
			d.extras = append(d.extras, pep508.Normal(s))
		}
	}
	var all []string
	if m := text("markers"); m != "" {
		all = append(all, "("+m+")")
	}
	if p := text("platform"); p != "" {
		all = append(all, `sys_platform == "`+p+`"`)
	}
	if p := poetrySpecifier(text("python")); len(p) > 0 {
		all = append(all, "("+pythonMarker(p)+")")
	}
	d.marker = strings.Join(all, " and ")
}

// pythonMarker writes a constraint on Python as a marker.
func pythonMarker(either []string) string {
	var out []string
	for _, specifier := range either {
		var both []string
		for part := range strings.SplitSeq(specifier, ",") {
			version := strings.TrimLeft(part, "<>=!~")
			both = append(both, "python_full_version "+part[:len(part)-len(version)]+` "`+version+`"`)
		}
		out = append(out, strings.Join(both, " and "))
	}
	return strings.Join(out, " or ")
}

// allows says whether a constraint of Poetry's admits a version; one that is
// not understood admits all.
func allows(constraint, version string) bool {
	either := poetrySpecifier(constraint)
	if len(either) == 0 {
		return true
	}
	for _, specifier := range either {
		if c, err := semver.PyPI.ParseConstraint(specifier); err != nil || c.Match(version) {
			return true
		}
	}
	return false
}
