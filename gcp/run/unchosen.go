package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// unchosen is what to say of an app of App Engine that goes to Cloud Run because nobody
// said otherwise: what of its app.yaml does not hold there.
func unchosen(dir string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, appyaml.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errs.New(errs.Usage, "", "reading the app: %w", err)
	}
	found, ours := appyaml.Look(appyaml.Name, data)
	if !ours {
		return nil, nil
	}
	if found.Flexible() {
		return []string{"app.yaml is of App Engine's flexible environment, and this goes to " + title + ", without its settings: `--target app-engine` goes to App Engine, and `gcpdeploy init --from app.yaml` writes the settings of both"}, nil
	}
	notes := []string{"app.yaml is of App Engine's standard environment, to which no compilers and libraries of the system can be added for native packages; this goes to " + title + ", without its settings: `gcpdeploy init --from app.yaml` writes them"}
	f, err := appyaml.Parse(appyaml.Name, data)
	if err != nil {
		return append(notes, err.Error()), nil
	}
	bundled, err := appyaml.Bundled(os.DirFS(dir))
	i, _ := importFile(f, bundled)
	for _, s := range i.Settings {
		if s.Place.Line == 0 {
			continue
		}
		is := s.Text
		if len(s.Map) > 0 { // whose values are nobody's to see
			names := make([]string, len(s.Map))
			for n, e := range s.Map {
				names[n] = e.Name
			}
			is = strings.Join(names, ", ")
		}
		key := "run." + s.Name
		if s.Ours {
			key = s.Name
		}
		notes = append(notes, fmt.Sprintf("%s:%d: does not hold here; it would be %s: %s", appyaml.Name, s.Place.Line, key, is))
	}
	return append(notes, i.Notes...), err
}
