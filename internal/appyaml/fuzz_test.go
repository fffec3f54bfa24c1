package appyaml_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// FuzzParse: no text ends the program, what is refused is the user's, and what is taken
// can be asked for all there is.
func FuzzParse(f *testing.F) {
	for _, text := range files {
		f.Add(text)
	}
	f.Add("dispatch: [{url: '*/a', service: b}]")
	f.Add("cron: [{url: /a, schedule: every 1 hours, retry_parameters: {job_age_limit: 1d}}]")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := appyaml.Parse("app.yaml", []byte(text))
		if err == nil {
			if file.Runtime() == "" || file.Service() == "" {
				t.Errorf("%q has no runtime or service", text)
			}
			file.Python()
		}
		_, dispatch := appyaml.Dispatch("dispatch.yaml", []byte(text))
		_, cron := appyaml.Cron("cron.yaml", []byte(text))
		for _, err := range []error{err, dispatch, cron} {
			if err != nil && (errs.KindOf(err) != errs.Usage || errs.PlaceOf(err) == nil) {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
