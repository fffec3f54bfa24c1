package lockfile

import (
	"encoding/json"
	"strings"
)

// Python is the Python that a lock file was made for, as specifiers (PEP 440),
// any of which may hold, and as the file spells it. Nil when it does not say, or
// when the file cannot be read: who reads its packages tells why.
func Python(file string, data []byte) (either []string, text string) {
	f := formatOf(file)
	if f == nil {
		return nil, ""
	}
	var head struct {
		Requires string `toml:"requires-python"`
		Metadata struct {
			Versions string      `toml:"python-versions"`
			Targets  []pdmTarget `toml:"targets"`
		} `toml:"metadata"`
	}
	switch f.base {
	case "Pipfile.lock":
		var all struct {
			Meta pipfileMeta `json:"_meta"`
		}
		if json.Unmarshal(data, &all) != nil {
			return nil, ""
		}
		if text = all.Meta.Requires.Full; text != "" {
			return []string{"==" + text}, text
		}
		if text = all.Meta.Requires.Python; text != "" {
			return []string{"==" + strings.TrimSuffix(text, ".*") + ".*"}, text
		}
		return nil, ""
	case "pdm.lock":
		if decodeTOML(file, data, &head) != nil {
			return nil, ""
		}
		for _, t := range head.Metadata.Targets {
			if t.Python == "" {
				return nil, ""
			}
			either = append(either, t.Python)
		}
		return either, strings.Join(either, " or ")
	case "poetry.lock":
		if decodeTOML(file, data, &head) != nil {
			return nil, ""
		}
		return poetrySpecifier(head.Metadata.Versions), head.Metadata.Versions
	}
	if decodeTOML(file, data, &head) != nil || head.Requires == "" {
		return nil, ""
	}
	return []string{head.Requires}, head.Requires
}
