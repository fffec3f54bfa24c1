package config

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// entryFiles puts what files say of entries below what the settings say of them, for the
// chosen target: see Family.File. Such a file is gcloud's --env-vars-file.
func (s schema) entryFiles(configDir string, settings layer) error {
	for _, f := range familiesOf([]Target{s.chosen}) {
		name := f.section + "." + f.File
		v, said := settings[name]
		if f.File == "" || !said {
			continue
		}
		path, err := word(name, v, checkFile)
		if err != nil {
			return err
		}
		if v.at.name == "" && !filepath.IsAbs(path) {
			path = filepath.Join(configDir, path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return v.at.errorf("", "%s: %w", keyName(name), err)
		}
		all := value{kind: mapping, at: v.at}
		if all.fields, err = readEntries(path, data); err != nil {
			return err
		}
		if own, said := settings[f.key]; said {
			fields, err := entries(f.key, own)
			if err != nil {
				return err
			}
			all.at, all.fields = own.at, replaced(all.fields, fields)
		}
		settings[f.key] = all
	}
	return nil
}

// readEntries reads names and texts, as gcloud does: from lines NAME=VALUE where the
// file's name ends in .env, else from YAML, which JSON is, too.
func readEntries(path string, data []byte) ([]field, error) {
	at := origin{label: filepath.Base(path), place: errs.Place{File: path}, private: true}
	if strings.HasSuffix(path, ".env") {
		return parseDotenv(at, string(data))
	}
	top, err := parseYAML(at, data)
	if err != nil {
		return nil, err
	}
	if top.kind != mapping {
		return nil, at.errorf("Write NAME: VALUE, a line each.", "must be a mapping of names to texts")
	}
	for _, f := range top.fields {
		if f.value.kind != text {
			return nil, f.at.errorf("Quote it.", "%s must be text, and is %s", f.name, kindNames[f.value.kind])
		}
	}
	return top.fields, nil
}
