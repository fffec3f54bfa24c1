package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// near begins the tags under which wheels images are found by what they hold.
const near = "near-"

// sketchSize is how many numbers a sketch has. With 24, an overlap of half the
// packages is told from one of a quarter, and a tag stays below 128 characters.
const sketchSize = 24

// Family names the wheels images that can lend each other wheels: those of one
// Python, platform and base image, the latter by digest where that is known.
func Family(app App, base string) string {
	return key.New("family", key.Of("python", app.Config.Python), key.Of("platform", app.Platform),
		key.Of("base image", cmp.Or(base, app.Config.BaseImage))).Hash[:12]
}

// PartialTag names the image that holds what a failed build of these wheels has
// finished. No deploy uses it; the next try starts from it.
func PartialTag(wheels string) string { return "partial-" + wheels[:min(40, len(wheels))] }

// NearTag is a tag under which a wheels image of the family is found by the
// packages in it: NAME==VERSION each. Equal sets have equal tags; of other sets,
// those that share more have more of the tag in common.
func NearTag(family string, packages []string) string {
	return near + family + "-" + strings.Join(sketch(packages), "")
}

// Nearest gives the digest of the family's image that overlaps most with the
// packages wanted: NAME==VERSION, or NAME alone where no version is asked for.
// tags are those of the wheels images with their digests. "" when none overlaps.
func Nearest(tags map[string]string, family string, wanted []string) string {
	prefix := near + family + "-"
	want := sketch(wanted)
	best, most := "", 0
	for tag, digest := range tags {
		have, ok := strings.CutPrefix(tag, prefix)
		if !ok || len(have) != 4*sketchSize {
			continue
		}
		n := 0
		for i, w := range want {
			if have[4*i:4*i+4] == w {
				n++
			}
		}
		if n > most || n == most && n > 0 && digest < best {
			best, most = digest, n
		}
	}
	return best
}

// sketch is a MinHash: how many of its numbers two sets have in common is, on
// average, the share of the elements that they have in common. An element is a
// package's name, another one its name with the version.
func sketch(packages []string) []string {
	var elements []string
	for _, p := range packages {
		name, version, pinned := strings.Cut(p, "==")
		elements = append(elements, name)
		if pinned {
			// 1.0 and 1.0.0 are one version.
			for strings.HasSuffix(version, ".0") {
				version = strings.TrimSuffix(version, ".0")
			}
			elements = append(elements, name+"=="+version)
		}
	}
	numbers := make([]string, sketchSize)
	for i := range numbers {
		least := "ffff"
		for _, e := range elements {
			sum := sha256.Sum256([]byte(strconv.Itoa(i) + " " + e))
			least = min(least, hex.EncodeToString(sum[:2]))
		}
		numbers[i] = least
	}
	return numbers
}

// wanted are the packages that the requirements name.
func wanted(app App) (packages []string) {
	for _, e := range app.Closure.Entries() {
		if e.Kind == closure.Option || e.Local {
			continue
		}
		name := e.Name
		if version, ok := strings.CutPrefix(e.Specifier, "=="); ok && !strings.ContainsAny(version, "*,") {
			name += "==" + version
		}
		packages = append(packages, name)
	}
	slices.Sort(packages)
	return slices.Compact(packages)
}

// Earlier chooses the image that a build of the wheels can take finished ones
// from: what a failed build of the very same wheels has left, the very same wheels
// when they are to be made anew, else the nearest of the family. tags are those of
// the wheels images. "" when there is none.
func Earlier(app App, base string, tags map[string]string) string {
	w := wheelsKey(app).Hash
	return cmp.Or(tags[PartialTag(w)], tags[w], NearestWheels(app, base, tags))
}

// NearestWheels gives the digest of the family's image that has most of what the
// app wants, of those with these tags. "" where none has any of it.
func NearestWheels(app App, base string, tags map[string]string) string {
	return Nearest(tags, Family(app, base), wanted(app))
}
