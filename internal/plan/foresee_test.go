package plan_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestForesee says before a build what the files alone tell, and only then.
func TestForesee(t *testing.T) {
	t.Parallel()
	const cpu = "write `--extra-index-url https://download.pytorch.org/whl/cpu` into requirements.txt"
	for _, tt := range []struct{ name, requirements, base, want string }{
		{"torch", "six\ntorch", "", "requirements.txt:2: torch brings torch from PyPI with gigabytes of CUDA; where there is no GPU, " + cpu},
		{"a pinned one", "Torch==2.5.1", "", cpu},
		{"what wants it", "sentence_transformers>=3", "", "requirements.txt:1: sentence-transformers brings torch"},
		{"of the CPU index", "--extra-index-url https://download.pytorch.org/whl/cpu\ntorch", "", ""},
		{"of find-links", "-f https://download.pytorch.org/whl/torch_stable.html\ntorch", "", ""},
		{"of a version for it", "torch==2.5.1+cpu\nsentence-transformers", "", ""},
		{"of an index of theirs", "-i https://mirror.invalid/simple\ntorch", "", ""},
		{"of another platform", "torch ; sys_platform == 'win32'", "", ""},
		{"a limit", "-c limits.txt\nsix", "", ""},
		{"gdal", "gdal==3.11.0", "python:3.12-slim", "requirements.txt:1: gdal 3.11.0 wants libgdal 3.11.0, and the base image's Debian (trixie) has 3.10.3: pin gdal==3.10.3"},
		{"gdal of an older release", "GDAL==3.10.3", "python:3.12-slim-bookworm", "pin gdal==3.6.2"},
		{"gdal that fits", "gdal==3.6.2", "python:3.12-slim-bookworm", ""},
		{"gdal of a later patch level", "gdal==3.6.4", "python:3.12-slim-bookworm", "pin gdal==3.6.2"},
		{"any gdal", "gdal", "python:3.12-slim", "requirements.txt:1: gdal as the newest wants a newer libgdal, and the base image's Debian (trixie) has 3.10.3: pin gdal==3.10.3"},
		{"gdal with a bound", "gdal>=3.4,<3.11", "python:3.12-slim", ""},
		{"gdal of wheels elsewhere", "-f https://wheels.invalid/\ngdal==3.11.0", "python:3.12-slim", ""},
		{"gdal on another image", "gdal==3.11.0", "mine/python:3.12", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app := anApp(t, func(app *plan.App) {
				app.Closure = closureOf(t, map[string]string{"requirements.txt": tt.requirements, "limits.txt": "torch<2"})
				if tt.base != "" {
					app.Config.BaseImage = tt.base
				}
			})
			notes := strings.Join(plan.Make(app, aPlace, plan.Facts{Builder: digest("b")}).Notes, "\n")
			if !strings.Contains(notes, tt.want) || tt.want == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, tt.want)
			}
			there := plan.Make(app, aPlace, plan.Facts{Builder: digest("b"), Runtime: digest("r")})
			if len(there.Notes) > 0 {
				t.Errorf("where the runtime is there: %q", there.Notes)
			}
		})
	}
}
