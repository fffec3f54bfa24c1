package run

import (
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"
)

// Instances of Cloud SQL are one volume, which is found below a folder of its own.
const (
	sqlVolume = "cloudsql"
	sqlMount  = "/cloudsql"
)

// mergeInstances merges the instances of Cloud SQL that a template's app reaches.
func mergeInstances(t *runpb.RevisionTemplate, app *runpb.Container, want, before []string) {
	n := slices.IndexFunc(t.Volumes, func(v *runpb.Volume) bool { return v.GetCloudSqlInstance() != nil })
	if n < 0 {
		if len(want) == 0 {
			return
		}
		n = len(t.Volumes)
		t.Volumes = append(t.Volumes, &runpb.Volume{Name: sqlVolume, VolumeType: &runpb.Volume_CloudSqlInstance{CloudSqlInstance: &runpb.CloudSqlInstance{}}})
	}
	v := t.Volumes[n]
	of := v.GetCloudSqlInstance()
	of.Instances = mergeList(of.Instances, want, before)
	mountsIt := func(m *runpb.VolumeMount) bool { return m.GetName() == v.GetName() }
	switch {
	case len(of.Instances) == 0:
		t.Volumes = slices.Delete(t.Volumes, n, n+1)
		for _, c := range t.Containers {
			c.VolumeMounts = slices.DeleteFunc(c.VolumeMounts, mountsIt)
		}
	case len(want) > 0 && !slices.ContainsFunc(app.VolumeMounts, mountsIt):
		app.VolumeMounts = append(app.VolumeMounts, &runpb.VolumeMount{Name: v.GetName(), MountPath: sqlMount})
	}
}
