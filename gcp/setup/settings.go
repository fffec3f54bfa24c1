package setup

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Settings are the keys of a configuration file that tell deploys of what setup
// made.
type Settings struct {
	File  string // it need not be there
	Title string // for people; "" = it is named by the file
	Env   string // the environment whose section they are in; "" = they are at the top
	Keys  map[string]string
	Line  string // the command that writes them
}

var _ Resource = Settings{}

// Kind implements Resource.
func (s Settings) Kind() string { return "settings" }

// Name implements Resource.
func (s Settings) Name() string { return cmp.Or(s.Title, "settings in "+filepath.Base(s.File)) }

func (s Settings) read() ([]byte, error) {
	data, err := os.ReadFile(s.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errs.New(errs.Usage, "", "reading the configuration: %w", err)
	}
	return data, nil
}

// Observe implements Resource.
func (s Settings) Observe(context.Context) (State, error) {
	now, err := s.read()
	if err != nil {
		return State{}, err
	}
	var lack []string
	for _, key := range slices.Sorted(maps.Keys(s.Keys)) {
		if !s.says(now, key) {
			lack = append(lack, key+": "+s.Keys[key])
		}
	}
	switch {
	case len(s.Keys) == 0:
		return State{Found: Present, Detail: "names what it needs"}, nil
	case len(lack) == 0:
		return State{Found: Present, Ours: true}, nil
	case len(lack) == len(s.Keys):
		return State{Found: Missing, Detail: strings.Join(lack, ", ")}, nil
	}
	return State{Found: Differs, Detail: strings.Join(lack, ", "), Ours: true}, nil
}

func (s Settings) says(data []byte, key string) bool {
	same, err := config.Edit(data, s.Env, map[string]string{key: s.Keys[key]})
	return err == nil && bytes.Equal(same, data)
}

// Make implements Resource.
func (s Settings) Make(context.Context) error {
	return s.edit(s.Keys)
}

// Remove implements Resource. A key with another value is somebody's.
func (s Settings) Remove(context.Context) error {
	now, err := s.read()
	if err != nil {
		return err
	}
	keys := map[string]string{}
	for key := range s.Keys {
		if s.says(now, key) {
			keys[key] = ""
		}
	}
	return s.edit(keys)
}

func (s Settings) edit(keys map[string]string) error {
	now, err := s.read()
	if err != nil {
		return err
	}
	to, err := config.Edit(now, s.Env, keys)
	switch {
	case err != nil || bytes.Equal(now, to):
		return err
	case len(to) == 0:
		err = os.Remove(s.File)
	default:
		if err = os.MkdirAll(filepath.Dir(s.File), 0o777); err == nil {
			err = os.WriteFile(s.File, to, 0o666)
		}
	}
	if err != nil {
		return errs.New(errs.Usage, "", "writing the configuration: %w", err)
	}
	return nil
}

// Commands implements Resource.
func (s Settings) Commands(State) []string { return []string{s.Line} }

// Terraform implements Resource.
func (s Settings) Terraform() string { return "" }
