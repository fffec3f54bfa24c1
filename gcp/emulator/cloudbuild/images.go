package cloudbuild

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// madeFile lists the images that builds made under names outside of the local
// registry, whose own are found by their names: a line with id and name for each.
const madeFile = "images"

// tagging notes which of the names stand for another image once their step has run.
func (s *Server) tagging(ctx context.Context, names []string) (done func()) {
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return strings.HasPrefix(n, s.cfg.RegistryHost+"/") })
	if len(names) == 0 || s.cfg.Docker == nil {
		return func() {}
	}
	id := func(name string) string {
		img, _, err := s.cfg.Docker.InspectImage(context.WithoutCancel(ctx), name)
		if err != nil {
			s.cfg.Log.Warn("looking at an image of a build", "error", err)
		}
		return img.ID
	}
	before := map[string]string{}
	for _, n := range names {
		before[n] = id(n)
	}
	return func() {
		var lines strings.Builder
		for _, n := range names {
			if now := id(n); now != "" && now != before[n] {
				lines.WriteString(now + " " + n + "\n")
			}
		}
		if err := appendTo(filepath.Join(s.cfg.Dir, madeFile), lines.String()); err != nil {
			s.cfg.Log.Warn("noting the images of a build", "error", err)
		}
	}
}

func appendTo(path, text string) error {
	if text == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// Made reads from a state folder which ids builds gave to names of images outside of
// the local registry, for who cleans up.
func Made(dir string) (map[string][]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, madeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	made := map[string][]string{}
	for line := range strings.Lines(string(data)) {
		if id, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok {
			made[name] = append(made[name], id)
		}
	}
	return made, err
}
