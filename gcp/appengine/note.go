package appengine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// note is what is to be known of a version, in a variable of its own: a version has no
// annotations, and cannot be changed.
type note struct {
	Run       string `json:"run"`                  // release.Run's String
	Wanted    string `json:"wanted"`               // what of: see wanted.hash
	Before    string `json:"before,omitempty"`     // the version that had all traffic
	Origin    string `json:"origin,omitempty"`     // ci.Origin's Note
	NoTraffic bool   `json:"no_traffic,omitempty"` // it was to get none
}

// note is what we wrote at a version; the zero note where we did not make it.
func (v existing) note() (n note) {
	if json.Unmarshal([]byte(v.EnvVariables[runVariable]), &n) != nil {
		return note{}
	}
	return n
}

func (n note) run() release.Run { return release.ParseRun(n.Run) }

func (n note) origin() *ci.Origin {
	if o, ok := ci.ParseNote(n.Origin); ok {
		return &o
	}
	return nil
}

// String is the variable's value.
func (n note) String() string {
	data, _ := json.Marshal(n) // strings only: never fails
	return string(data)
}

// runLabel is the service's label that says which run moved its traffic last.
const runLabel = "gcpdeploy-run"

// others are the characters of a run's ID that a label cannot have.
var others = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^a-z0-9_-]+`) })

// plain is a run with an ID that a label can have.
func plain(r release.Run) release.Run {
	if r.ID != "" {
		r.ID = others().ReplaceAllString(strings.ToLower(r.ID), "")
		r.ID = r.ID[:min(len(r.ID), 40)]
	}
	return r
}

// labelOf is a run as a label's value.
func labelOf(r release.Run) string {
	return strconv.FormatInt(r.Started.UnixNano(), 10) + "-" + plain(r).ID
}

// moved is the run that moved the traffic of a service last; the zero Run where none of
// ours did.
func (v service) moved() release.Run {
	started, id, _ := strings.Cut(v.Labels[runLabel], "-")
	at, err := strconv.ParseInt(started, 10, 64)
	if err != nil || id == "" {
		return release.Run{}
	}
	return release.Run{ID: id, Started: time.Unix(0, at)}
}

// labelled is the labels of a service, with the run that moves its traffic now.
func (v service) labelled(by release.Run) map[string]string {
	labels := maps.Clone(v.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[runLabel] = labelOf(by)
	return labels
}

// yields says whether by must leave the service alone that other has been at.
func yields(by, other release.Run) bool { return plain(by).YieldsTo(plain(other)) }

// later is the newest run that by must leave a service to; the zero Run where there is
// none. A run shows by its version from when that is created, whatever has traffic.
func (n sight) later(by release.Run) (found release.Run) {
	for _, r := range n.runs() {
		if yields(by, r) {
			by, found = r, r
		}
	}
	return found
}

func (n sight) runs() []release.Run {
	runs := []release.Run{n.moved()}
	for _, v := range n.versions {
		runs = append(runs, v.note().run())
	}
	return runs
}

// idOf is the ID of the version that a run releases: when it started, and the beginning
// of its own. Both are good for gcloud's pattern.
func idOf(by release.Run) string {
	id := strings.NewReplacer("-", "", "_", "").Replace(plain(by).ID)
	return strings.TrimSuffix(by.Started.UTC().Format("20060102t150405")+"-"+id[:min(len(id), 8)], "-")
}

// hashOf is a short hash of what a version is made of.
func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:12])
}
