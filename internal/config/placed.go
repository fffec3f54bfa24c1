package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// placed adds the settings of where a configuration leads to, below all that says
// something itself.
func (s schema) placed(d Defaults, settings layer) (layer, error) {
	if d.File == nil {
		return settings, nil
	}
	path := d.File(settings["project"].text, settings.home())
	data, err := os.ReadFile(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return settings, nil
	}
	if err != nil {
		return nil, errs.New(errs.Usage, "", "reading settings: %w", err)
	}
	top, err := parseYAML(origin{label: filepath.Base(path), place: errs.Place{File: path}}, data)
	if err != nil {
		return nil, err
	}
	below, err := s.flatten(top)
	if err == nil {
		settings.over(below, false)
	}
	return below, err
}
