package detect

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// plugins are packages without which pytest does not know an option or a setting.
var plugins = []struct {
	pkg  string
	sign *regexp.Regexp
}{
	{"pytest-cov", regexp.MustCompile(`(?:^|\s)--(?:no-)?cov\b`)},
	{"pytest-xdist", regexp.MustCompile(`(?:^|\s)(?:-n[ =]?(?:\d+|auto|logical)|--numprocesses|--dist)\b`)},
	{"pytest-django", regexp.MustCompile(`(?:^|\s)--(?:ds|reuse-db|create-db|nomigrations|no-migrations|migrations)\b|\bDJANGO_SETTINGS_MODULE\b`)},
	{"pytest-asyncio", regexp.MustCompile(`(?:^|\s)--asyncio-mode\b|\basyncio_mode\b|\basyncio_default_fixture_loop_scope\b`)},
	{"pytest-timeout", regexp.MustCompile(`(?:^|\s)--timeout\b`)},
	{"pytest-randomly", regexp.MustCompile(`(?:^|\s)--randomly-\w+`)},
	{"pytest-random-order", regexp.MustCompile(`(?:^|\s)--random-order\b`)},
	{"pytest-benchmark", regexp.MustCompile(`(?:^|\s)--benchmark-\w+`)},
	{"pytest-html", regexp.MustCompile(`(?:^|\s)--html\b`)},
	{"pytest-rerunfailures", regexp.MustCompile(`(?:^|\s)--reruns\b`)},
	{"pytest-mock", regexp.MustCompile(`\bmock_use_standalone_module\b|\bmock_traceback_monkeypatch\b`)},
	{"pytest-env", regexp.MustCompile(`(?m)^env\s*=`)},
	{"pytest-socket", regexp.MustCompile(`(?:^|\s)--(?:disable-socket|allow-hosts)\b`)},
	{"pytest-sugar", regexp.MustCompile(`(?:^|\s)--force-sugar\b`)},
	{"pytest-flake8", regexp.MustCompile(`(?:^|\s)--flake8\b`)},
	{"pytest-mypy", regexp.MustCompile(`(?:^|\s)--mypy\b`)},
	{"syrupy", regexp.MustCompile(`(?:^|\s)--snapshot-\w+`)},
}

var iniComment = regexp.MustCompile(`(?m)(?:^|\s)[#;].*$`)

// section is a part of an ini file, without comments.
func section(text, name string) string {
	_, text, ok := strings.Cut("\n"+text, "\n"+name)
	if !ok {
		return ""
	}
	text, _, _ = strings.Cut(text, "\n[")
	return iniComment.ReplaceAllString(text, "")
}

// pytestSettings is what the file that configures pytest says.
func pytestSettings(fsys fs.FS, p *project.Pyproject) string {
	for _, c := range []struct{ file, section string }{
		{"pytest.ini", "[pytest]"}, {".pytest.ini", "[pytest]"}, {"pytest.toml", "[pytest]"},
	} {
		if text, ok, _ := appfile.Read(fsys, c.file); ok {
			return section(text, c.section)
		}
	}
	if p.Pytest() {
		settings := p.Tool.Pytest
		if inner, ok := settings["ini_options"].(map[string]any); ok {
			settings = inner
		}
		var lines []string
		for key, value := range settings {
			lines = append(lines, key+" = "+strings.Trim(fmt.Sprint(value), "[]"))
		}
		return strings.Join(lines, "\n")
	}
	tox, _, _ := appfile.Read(fsys, "tox.ini")
	if text := section(tox, "[pytest]"); text != "" {
		return text
	}
	cfg, _, _ := appfile.Read(fsys, "setup.cfg")
	return section(cfg, "[tool:pytest]")
}

// missingPlugins are those that pytest's settings need and that named does not
// know of.
func missingPlugins(settings string, named func(string) bool) (missing []string) {
	for _, p := range plugins {
		if p.sign.MatchString(settings) && !named(p.pkg) {
			missing = append(missing, p.pkg)
		}
	}
	return missing
}

var (
	toxDeps   = regexp.MustCompile(`(?m)^deps\s*=((?:.*\n?)(?:[ \t]+.*\n?|\n)*)`)
	toxFile   = regexp.MustCompile(`^(?:-r|--requirement)[ =]?(\S+)$`)
	toxFactor = regexp.MustCompile(`^!?[\w.,{}!-]+:\s`)
)

// toxRequirements are the deps of tox's own environment: files, and requirements.
// Those with conditions or substitutions, and the project itself, are left out.
func toxRequirements(fsys fs.FS) (files []string, extra closure.Strings) {
	text, _, _ := appfile.Read(fsys, "tox.ini")
	deps := toxDeps.FindStringSubmatch(section(text, "[testenv]"))
	if deps == nil {
		return nil, extra
	}
	extra.File = "tox.ini"
	for line := range strings.Lines(deps[1]) {
		line = strings.TrimSpace(line)
		if m := toxFile.FindStringSubmatch(line); m != nil {
			if name := strings.TrimPrefix(m[1], "{toxinidir}/"); appfile.Exists(fsys, name) {
				files = append(files, name)
			}
			continue
		}
		if line == "" || strings.ContainsAny(line, "{}$") || toxFactor.MatchString(line) || strings.HasPrefix(line, "-") || strings.HasPrefix(line, ".") {
			continue
		}
		at := max(0, strings.Index(text, line))
		extra.Lines = append(extra.Lines, closure.Located{Text: line, Line: appfile.LineOf(text, at)})
	}
	return files, extra
}

// requiredBy reports that test requirements name a package.
func requiredBy(fsys fs.FS, names, packages []string, extra []closure.Strings) func(string) bool {
	return func(pkg string) bool {
		word := regexp.MustCompile(`(?mi)^\s*` + strings.ReplaceAll(regexp.QuoteMeta(pkg), "-", "[-_.]") + `\s*(?:[\[=<>!~;@#]|$)`)
		inExtra := slices.ContainsFunc(extra, func(s closure.Strings) bool {
			return slices.ContainsFunc(s.Lines, func(l closure.Located) bool { return word.MatchString(l.Text) })
		})
		return inExtra || slices.ContainsFunc(packages, word.MatchString) || listed(fsys, names, word)
	}
}
