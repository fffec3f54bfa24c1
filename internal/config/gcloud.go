package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// ambient is what gcloud's users already have: the variables, in order, and
// the property of the active configuration.
var ambient = []struct {
	key, section, property string
	variables              []string
}{
	{"project", "core", "project", []string{"CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT"}},
	{"region", "run", "region", []string{"CLOUDSDK_RUN_REGION"}},
	{"account", "core", "account", []string{"CLOUDSDK_CORE_ACCOUNT"}},
}

// fromGcloud reads project, region and account. What cannot be read is as absent:
// the file belongs to another program.
func fromGcloud(lookup func(string) (string, bool), home string) layer {
	out := layer{}
	properties, file := activeConfiguration(lookup, home)
	for _, a := range ambient {
		if s := properties[a.section+"/"+a.property]; s != "" {
			out[a.key] = value{kind: text, text: s, at: origin{name: "gcloud's " + file}}
		}
		for i := len(a.variables) - 1; i >= 0; i-- {
			if v, ok := loose(lookup, a.variables[i]); ok {
				out[a.key] = v
			}
		}
	}
	return out
}

var configurationName = regexp.MustCompile(`^[a-z][-a-z0-9]*$`)

// activeConfiguration gives the properties as section/name, and the file's name.
func activeConfiguration(lookup func(string) (string, bool), home string) (map[string]string, string) {
	dir, _ := lookup("CLOUDSDK_CONFIG")
	if dir == "" && home != "" {
		dir = filepath.Join(home, ".config", "gcloud")
	}
	if dir == "" {
		return nil, ""
	}
	name, _ := lookup("CLOUDSDK_ACTIVE_CONFIG_NAME")
	if name == "" {
		data, _ := os.ReadFile(filepath.Join(dir, "active_config"))
		name = strings.TrimSpace(string(data))
	}
	if name == "" {
		name = "default"
	}
	if !configurationName.MatchString(name) { // NONE, or not gcloud's
		return nil, ""
	}
	data, err := os.ReadFile(filepath.Join(dir, "configurations", "config_"+name))
	if err != nil {
		return nil, ""
	}
	return parseINI(string(data)), "config_" + name
}

// parseINI reads `name = value` lines under `[section]` lines.
func parseINI(data string) map[string]string {
	out, section := map[string]string{}, ""
	for line := range strings.Lines(data) {
		line = strings.TrimSpace(line)
		if inner, ok := strings.CutPrefix(line, "["); ok && strings.HasSuffix(inner, "]") {
			section = strings.TrimSuffix(inner, "]")
			continue
		}
		if i := strings.IndexAny(line, "=:"); i > 0 && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
			out[section+"/"+strings.ToLower(strings.TrimSpace(line[:i]))] = strings.TrimSpace(line[i+1:])
		}
	}
	return out
}
