package appengine

import (
	"encoding/json"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// wanted is what a release asks for.
type wanted struct {
	spec    release.Spec
	options Options
	image   string // by digest
	hash    string // of the version without its ID and our note
}

func want(s release.Spec, image string) (w wanted, err error) {
	o, err := optionsOf(s)
	if err != nil {
		return w, err
	}
	data, err := json.Marshal(version(s, o, image, "", nil))
	if err != nil {
		return w, errs.New(errs.Internal, "", "writing the version: %w", err)
	}
	return wanted{s, o, image, hashOf(data)}, nil
}

// with is the version to send.
func (w wanted) with(id string, n note) Version {
	n.Wanted = w.hash
	return version(w.spec, w.options, w.image, id, map[string]string{runVariable: n.String()})
}

// is says whether a version is what is wanted. It was made of the same, and a version
// stays as it was made; but for how far it scales, which others may have changed since
// (cloud.google.com/appengine/docs/admin-api/reference/rest/v1/apps.services.versions/patch).
func (w wanted) is(v existing) bool {
	if v.note().Wanted != w.hash {
		return false
	}
	asked := version(w.spec, w.options, w.image, "", nil)
	if m := asked.ManualScaling; m != nil && (v.ManualScaling == nil || v.ManualScaling.Instances != m.Instances) {
		return false
	}
	a, is := asked.AutomaticScaling, v.AutomaticScaling
	if a == nil {
		return true
	}
	if is == nil {
		is = &automatic{}
	}
	busy, isBusy := cpuUtilization{}, cpuUtilization{}
	if a.CPUUtilization != nil {
		busy = *a.CPUUtilization
	}
	if is.CPUUtilization != nil {
		isBusy = *is.CPUUtilization
	}
	return kept(a.MinTotalInstances, is.MinTotalInstances) && kept(a.MaxTotalInstances, is.MaxTotalInstances) &&
		kept(a.CoolDownPeriod, is.CoolDownPeriod) && kept(busy.TargetUtilization, isBusy.TargetUtilization)
}

// kept says whether what was asked for is so still; the zero value asks for nothing.
func kept[T comparable](asked, is T) bool {
	var none T
	return asked == none || asked == is
}
