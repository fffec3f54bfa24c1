package plan

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// imagePath is the path of a change that is of the image.
const imagePath = "image"

// differences are what a release changes: its image, which may have to be built, and settings.
func differences(f Facts) (all []release.Change) {
	_, old, _ := strings.Cut(f.Service.Image, "@")
	if f.Image == "" || f.Image != old {
		now := "to be built"
		if f.Image != "" {
			now = short(f.Image)
		}
		c := release.Change{Path: imagePath, New: &now}
		if old != "" {
			was := short(old)
			c.Old = &was
		}
		all = append(all, c)
	}
	return append(all, f.Service.Changes...)
}

func short(digest string) string { return key.Short(strings.TrimPrefix(digest, "sha256:")) }

// Changed is what of a service's settings a release changes, in a few words; "" = nothing.
func (p Plan) Changed() string {
	if len(p.Changes) > 0 && p.Changes[0].Path == imagePath {
		return release.Summary(p.Changes[1:])
	}
	return release.Summary(p.Changes)
}
