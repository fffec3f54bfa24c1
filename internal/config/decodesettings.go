package config

import (
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// setSettings accepts pip's config settings for each package: a mapping of the
// package's name to KEY=VALUE or a list of them. A flag or variable holds
// PACKAGE:KEY=VALUE, several with commas between them.
func setSettings(to func(*Config) *map[string][]string) Setter {
	return func(into any, key string, v value) error {
		fields, err := settingFields(key, v)
		if err != nil {
			return err
		}
		out := map[string][]string{}
		for _, f := range fields {
			name, bad := projectName(f.name)
			if bad != nil {
				return f.at.fault(key, ": ", bad)
			}
			items := f.value.items
			if f.value.kind != list {
				items = []value{f.value}
			}
			for _, item := range items {
				s, err := word(key+"."+f.name, item, checkSetting)
				if err != nil {
					return err
				}
				out[name] = append(out[name], s)
			}
		}
		*to(into.(*Config)) = out
		return nil
	}
}

func settingFields(key string, v value) ([]field, error) {
	if !v.loose || strings.HasPrefix(strings.TrimSpace(v.text), "{") {
		return entries(key, v)
	}
	items, err := elements(key, v)
	if err != nil {
		return nil, err
	}
	var fields []field
	for _, item := range items {
		name, setting, ok := strings.Cut(item.text, ":")
		if !ok {
			return nil, v.fail(key, Wrong("", "must be PACKAGE:KEY=VALUE, not %q", item.text))
		}
		fields = append(fields, field{name, v.at, value{kind: text, text: setting, at: v.at}})
	}
	return fields, nil
}

var pythonForm = Matching(`(?i)[a-z0-9]([a-z0-9._-]*[a-z0-9])?`, "a Python package name", "")

// projectName is a Python package's normal name (PEP 503).
func projectName(s string) (string, *Fault) {
	s, bad := pythonForm(s)
	return pep508.Normal(s), bad
}

func checkSetting(s string) (string, *Fault) {
	if name, _, ok := strings.Cut(s, "="); !ok || strings.TrimSpace(name) == "" || strings.ContainsAny(s, "\x00\r\n") {
		return "", Wrong("Write it as for pip's --config-settings: setup-args=-Dallow-noblas=true.", "must be KEY=VALUE, not %q", s)
	}
	if bad := link.CheckPlain(s); bad != nil {
		return "", &Fault{Hint: sentence(bad.Hint), Message: bad.Message, Private: true}
	}
	return s, nil
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

var secretName = regexp.MustCompile(`(?i)(token|passw|secret|credential|api_?key)`)

// setBuildEnv is setMap without what looks like a secret, and without files of this
// machine that builds do not have.
func setBuildEnv(to func(*Config) *map[string]string, name Check) Setter {
	set := SetMap(to, name, AnyText)
	return func(into any, key string, v value) error {
		fields, err := entries(key, v)
		if err != nil {
			return err
		}
		for _, f := range fields {
			if f.name == "PIP_BUILD_CONSTRAINT" {
				return f.at.errorf("List what is in the file as wheels.build_constraints.", "%s: %s names a file that builds do not have", keyName(key), f.name)
			}
			if secretName.MatchString(f.name) {
				return f.at.errorf("Take it out: names and values are in keys, labels and logs.", "%s: %s looks like a secret", keyName(key), f.name)
			}
			if bad := link.CheckPlain(f.value.text); bad != nil {
				return f.value.fail(key+"."+f.name, &Fault{Hint: sentence(bad.Hint), Message: bad.Message, Private: true})
			}
		}
		return set(into, key, v)
	}
}
