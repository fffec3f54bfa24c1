package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// torchCPU is the index that has torch without CUDA.
const torchCPU = "https://download.pytorch.org/whl/cpu"

// wantTorch are packages that cannot be installed without torch.
var wantTorch = []string{
	"accelerate", "bitsandbytes", "easyocr", "fastai", "flair", "kornia", "lightning", "open-clip-torch", "openai-whisper", "peft",
	"pyannote-audio", "pytorch-lightning", "sentence-transformers", "stable-baselines3", "stanza", "timm", "torchaudio", "torchmetrics",
	"torchvision", "ultralytics",
}

// libgdal is the version in each release of Debian that images of Python have (2026-11).
var libgdal = map[string]string{"bullseye": "3.2.2", "bookworm": "3.6.2", "trixie": "3.10.3"}

// newestDebian is the release of tags that name none.
const newestDebian = "trixie"

// officialImage is one of Docker's images of Python.
var officialImage = regexp.MustCompile(`^(?:(?:docker\.io|mirror\.gcr\.io)/)?(?:library/)?python:3[0-9.a-z]*(?:-slim)?(?:-(bullseye|bookworm|trixie))?(?:@.*)?$`)

// foresee says what is known, from the files alone, to take long or to fail when the
// wheels are built.
func foresee(app App) (notes []string) {
	if q, ok := cuda(app); ok {
		do := fmt.Sprintf("write `--extra-index-url %s` into %s", torchCPU, q.File)
		if !strings.HasSuffix(q.File, ".txt") {
			do = "lock torch from " + torchCPU
		}
		notes = append(notes, fmt.Sprintf("%s%s brings torch from PyPI with gigabytes of CUDA; where there is no GPU, %s", place(q), q.Name, do))
	}
	return append(notes, gdal(app)...)
}

// place is where a requirement stands, in front of what is said of it.
func place(q closure.Requirement) string {
	if q.Line == 0 {
		return q.File + ": "
	}
	return fmt.Sprintf("%s:%d: ", q.File, q.Line)
}

// gdal tells of GDAL's bindings, which PyPI has as an sdist only, and which cannot be
// built with an older library.
func gdal(app App) []string {
	q, ok := app.Closure.Find("gdal")
	m := officialImage.FindStringSubmatch(app.Config.BaseImage)
	if !ok || m == nil || q.Link != "" || !slices.Equal(app.Closure.Indexes(), []string{closure.DefaultIndex}) {
		return nil
	}
	release := cmp.Or(m[1], newestDebian)
	have, wants := libgdal[release], "as the newest wants a newer libgdal"
	if v := exactVersion(q); v != "" {
		if wants = v + " wants libgdal " + v; !newer(v, have) {
			return nil
		}
	} else if strings.ContainsAny(q.Specifier, "<~=") && !strings.HasPrefix(q.Specifier, ">=") || strings.Contains(q.Specifier, ",") {
		return nil // which it will be is for pip to say
	}
	return []string{fmt.Sprintf("%sgdal %s, and the base image's Debian (%s) has %[4]s: pin gdal==%[4]s", place(q), wants, release, have)}
}

// cuda gives the requirement that brings torch as PyPI has it, for machines with a GPU.
func cuda(app App) (closure.Requirement, bool) {
	indexes := app.Closure.Indexes()
	if app.Platform != "linux/amd64" || len(indexes) == 0 || indexes[0] != closure.DefaultIndex ||
		slices.ContainsFunc(indexes, func(u string) bool { return strings.Contains(u, "pytorch.org/whl") }) {
		return closure.Requirement{}, false
	}
	env := pep508.Environment{Python: app.Config.Python, Machine: machines[app.Platform]}
	q, ok := app.Closure.Find("torch")
	if ok {
		return q, q.Link == "" && !strings.Contains(q.Specifier, "+") && env.Always(q.Marker)
	}
	for _, name := range wantTorch {
		if q, ok := app.Closure.Find(name); ok && q.Link == "" && env.Always(q.Marker) {
			return q, true
		}
	}
	return closure.Requirement{}, false
}

// exactVersion is the version of a requirement that is pinned, or "".
func exactVersion(q closure.Requirement) string {
	v, ok := strings.CutPrefix(q.Specifier, "==")
	if !ok || strings.ContainsAny(v, ",*=") {
		return ""
	}
	return v
}

// newer compares the numbers of versions.
func newer(a, b string) bool {
	var v, w [3]int
	_, err := fmt.Sscanf(a+".0.0", "%d.%d.%d", &v[0], &v[1], &v[2])
	_, _ = fmt.Sscanf(b, "%d.%d.%d", &w[0], &w[1], &w[2])
	return err == nil && slices.Compare(v[:], w[:]) > 0
}
