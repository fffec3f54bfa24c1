package inventory

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

// The files of a wheels image: what it says of its wheels, and what installs them.
const (
	ManifestFile = "wheelhouse/manifest.json"
	LockFile     = "wheelhouse/requirements.lock"
)

// ContentKey is C: what the wheels are, as opposed to what was asked for.
func ContentKey(lock []byte, base string) key.Key {
	return key.New("content", key.Of("lock", string(lock)), key.Of("base image", base))
}

// Manifest is the part of it that is shown. Schema 1 knows no system packages
// and no build keys, and names a wheel's source "url".
type Manifest struct {
	Schema   int    `json:"schema"`
	Complete *bool  `json:"complete,omitempty"` // false: the build failed after these; nil: it is not said
	Python   string `json:"python,omitempty"`
	// Implementation and Magic are of that Python: "cpython", and what its bytecode begins
	// with; "" where a program of before layers made the wheels.
	Implementation string `json:"implementation,omitempty"`
	Magic          string `json:"magic,omitempty"`

	Platform string            `json:"platform,omitempty"`
	Base     string            `json:"base,omitempty"`
	Tools    map[string]string `json:"tools,omitempty"`
	System   []string          `json:"system,omitempty"`
	Packages []Package         `json:"packages"`
}

// Package is one wheel.
type Package struct {
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	File     string   `json:"file"`
	SHA256   string   `json:"sha256"`
	Size     int64    `json:"size,omitempty"` // bytes of the file; 0 = it is not said
	BuildKey string   `json:"build_key,omitempty"`
	Source   string   `json:"source,omitempty"`
	System   []string `json:"system,omitempty"`
	// BuildRequirements are what its build environment had, as NAME==VERSION; nil for a
	// wheel that was downloaded, or built by a program that did not tell.
	BuildRequirements []string `json:"build_requirements,omitempty"`
}

// ParseManifest reads manifest.json of schema 1 or newer. Fields that it does not
// know, or that have another form than it knows, are left out.
func ParseManifest(data []byte) (Manifest, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", ManifestFile, err)
	}
	var m Manifest
	optional := func(name string, to any) { _ = json.Unmarshal(raw[name], to) } // of another form: not shown
	optional("schema", &m.Schema)
	optional("complete", &m.Complete)
	optional("python", &m.Python)
	optional("implementation", &m.Implementation)
	optional("magic", &m.Magic)
	optional("platform", &m.Platform)
	optional("base", &m.Base)
	optional("tools", &m.Tools)
	optional("system", &m.System)
	var packages []map[string]json.RawMessage
	if err := json.Unmarshal(raw["packages"], &packages); err != nil {
		return Manifest{}, fmt.Errorf("%s: packages: %w", ManifestFile, err)
	}
	m.Packages = []Package{}
	for _, from := range packages {
		var p Package
		var url string
		for name, to := range map[string]any{
			"name": &p.Name, "version": &p.Version, "file": &p.File, "sha256": &p.SHA256, "size": &p.Size, "build_key": &p.BuildKey,
			"source": &p.Source, "url": &url, "system": &p.System,
			"build_requirements": &p.BuildRequirements,
		} {
			_ = json.Unmarshal(from[name], to)
		}
		p.Source = cmp.Or(p.Source, url)
		m.Packages = append(m.Packages, p)
	}
	return m, nil
}

// ParseLock reads what the lock alone tells of the packages.
func ParseLock(data []byte) Manifest {
	m := Manifest{Packages: []Package{}}
	for line := range strings.Lines(string(data)) {
		spec, hash, _ := strings.Cut(strings.TrimSpace(line), " --hash=sha256:")
		if name, version, ok := strings.Cut(spec, "=="); ok {
			m.Packages = append(m.Packages, Package{Name: name, Version: version, SHA256: strings.TrimSpace(hash)})
		}
	}
	return m
}
