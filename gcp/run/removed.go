package run

import (
	"slices"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// removals are what flags take away of our keys, as a release has them.
func removals(all map[string]config.Removal) map[string][]string {
	var out map[string][]string
	for key, r := range all {
		if name, ours := strings.CutPrefix(key, section+"."); ours {
			if out == nil {
				out = map[string][]string{}
			}
			out[name] = r.Names
			if r.All {
				out[name] = []string{}
			}
		}
	}
	return out
}

// taking is what was ours of a service and what flags take away: to a merge it is the
// same. What of that is wanted all the same stays.
func (m managed) taking(s *runpb.Service, removed map[string][]string) managed {
	t := s.GetTemplate()
	app := &runpb.Container{}
	if len(t.GetContainers()) > 0 {
		app = ingress(t)
	}
	take := func(to *[]string, key string, all func() []string) {
		gone, some := removed[key]
		if some && len(gone) == 0 {
			gone = all()
		}
		*to = slices.Concat(*to, gone)
	}
	ofEnv := func(secret bool) func() []string {
		return func() (found []string) {
			for _, v := range app.GetEnv() {
				if (v.GetValueSource() != nil) == secret {
					found = append(found, v.GetName())
				}
			}
			return found
		}
	}
	take(&m.Env, "env", ofEnv(false))
	take(&m.Env, "secrets", ofEnv(true))
	take(&m.Labels, "labels", func() []string { return theirs(names(s.GetLabels(), t.GetLabels())) })
	take(&m.Annotations, "annotations", func() []string { return theirs(names(s.GetAnnotations())) })
	take(&m.Audiences, "custom_audiences", func() []string { return s.GetCustomAudiences() })
	take(&m.Instances, "cloudsql_instances", func() (found []string) {
		for _, v := range t.GetVolumes() {
			found = append(found, v.GetCloudSqlInstance().GetInstances()...)
		}
		return found
	})
	take(&m.Volumes, "volumes", func() (found []string) {
		for _, v := range t.GetVolumes() {
			if v.GetCloudSqlInstance() == nil && v.GetSecret() == nil {
				found = append(found, v.GetName())
			}
		}
		return found
	})
	for _, mount := range app.GetVolumeMounts() {
		if _, some := removed["volumes"]; some && slices.Contains(m.Volumes, mount.GetName()) {
			m.Mounts = append(slices.Clone(m.Mounts), mount.GetMountPath())
		}
	}
	for key, gone := range removed {
		if len(gone) == 0 {
			m.Fields = append(slices.Clone(m.Fields), key)
		}
	}
	return m
}

// theirs are labels and annotations that are not our notes.
func theirs(all []string) []string {
	return slices.DeleteFunc(all, func(key string) bool {
		return strings.HasPrefix(key, ourDomain+"/") || strings.HasPrefix(key, ourLabels)
	})
}
