package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// crate is what the target of these tests has.
type crate struct {
	Name, File, Label string
	Depth             int
	Width             float64
	Slots             []slot
	Bins              map[string]slot
	Env               map[string]string
	Notice            string // the content of File
}

type slot struct {
	Name string
	Size float64
}

// crates is a target with nested keys and a file of its own.
var crates = config.Target{
	Name: "crates", Section: "crates", New: func() any { return &crate{} },
	Keys: []config.Key{
		{Name: "name", Flag: "crate", InPlaceOf: "service", Default: "first", Set: config.SetText(func(c *crate) *string { return &c.Name }, config.AnyText)},
		{Name: "file", Set: config.SetText(func(c *crate) *string { return &c.File }, config.AnyText)},
		{Name: "label", Flag: "label", Set: config.SetText(func(c *crate) *string { return &c.Label }, config.Matching("[A-Z]+", "capital letters", ""))},
		{Name: "size.inner.depth", Set: config.SetInt(func(c *crate) *int { return &c.Depth }, 1, 9)},
		{Name: "size.width", Set: config.SetNumber(func(c *crate) *float64 { return &c.Width }, 0.5, 9)},
		{Name: "slots", Set: config.SetEach(func(c *crate) *[]slot { return &c.Slots }, []config.Key{
			{Name: "name", Set: config.SetText(func(s *slot) *string { return &s.Name }, config.AnyText)},
			{Name: "size", Set: config.SetNumber(func(s *slot) *float64 { return &s.Size }, 0.001, 9)},
		}, "name")},
		{Name: "bins", Set: config.SetNamed(func(c *crate) *map[string]slot { return &c.Bins }, config.Matching("[a-z]+", "small letters", ""), []config.Key{
			{Name: "size", Set: config.SetNumber(func(s *slot) *float64 { return &s.Size }, 0.001, 9)},
		}, "size")},
		{Name: "env", Form: config.List, Flag: "set", Set: config.PythonBooleans(config.SetMap(func(c *crate) *map[string]string { return &c.Env }, config.CheckVariable, config.AnyText))},
		{Name: "lid", Set: config.Refused(config.Wrong("Stack them.", "there is none"))},
	},
	Beside: func(dir, named string) (config.Beside, error) {
		text, err := os.ReadFile(filepath.Join(dir, "crate.txt"))
		if err != nil {
			return config.Beside{}, nil
		}
		at := func(line int) errs.Place { return errs.Place{File: "crate.txt", Line: line, Column: 1} }
		b := config.Beside{Notes: []string{"crate.txt was read"}}
		for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			name, value, _ := strings.Cut(line, "=")
			if entry, ok := strings.CutPrefix(name, "env."); ok {
				b.Settings = append(b.Settings, config.Said{Name: "env", Place: at(n + 1), Map: []config.Said{{Name: entry, Place: at(n + 1), Text: value}}})
				continue
			}
			b.Settings = append(b.Settings, config.Said{Name: name, Place: at(n + 1), Text: value})
		}
		return b, nil
	},
	Files: func(settings any, dir string) (*config.Conflict, error) {
		c := settings.(*crate)
		if c.File == "" {
			return nil, nil
		}
		text, err := os.ReadFile(filepath.Join(dir, c.File))
		if err != nil {
			return &config.Conflict{Key: "file", Fault: *config.Wrong("", "names %q, which is not there", c.File)}, nil
		}
		c.Notice = string(text)
		return nil, nil
	},
}

// boxes is another one, which has a flag that crates has, too.
var boxes = config.Target{
	Name: "boxes", Section: "boxes", New: func() any { return &crate{} },
	Keys: []config.Key{
		{Name: "label", Flag: "label", Set: config.SetText(func(c *crate) *string { return &c.Label }, config.Matching("[a-z]+", "small letters", ""))},
		{Name: "depth", Flag: "depth", Set: config.SetInt(func(c *crate) *int { return &c.Depth }, 1, 9)},
	},
}

func crated(t *testing.T, yaml, own string) config.Input {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "hello")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"gcpdeploy.yaml": yaml, "crate.txt": own, "notice": "fragile"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); text != "" && err != nil {
			t.Fatal(err)
		}
	}
	if own == "" {
		_ = os.Remove(filepath.Join(dir, "crate.txt"))
	}
	return config.Input{Dir: dir, Targets: []config.Target{crates, boxes}}
}
