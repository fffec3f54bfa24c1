package run

import (
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// Volume is a folder that is not of an image. Of a type that is gcloud's, it has the
// fields that gcloud's `--add-volume` takes.
type Volume struct {
	Type         string   `json:"type"`
	Mount        string   `json:"mount,omitempty"` // where the app has it; "" = sidecars alone do
	Bucket       string   `json:"bucket,omitempty"`
	MountOptions []string `json:"mount_options,omitempty"` // of gcsfuse, without dashes
	Location     string   `json:"location,omitempty"`      // SERVER:/PATH
	ReadOnly     bool     `json:"readonly,omitempty"`
	SizeLimit    string   `json:"size_limit,omitempty"`
}

var volumeKeys = []config.Key{
	{Name: "type", Set: config.SetText(func(v *Volume) *string { return &v.Type }, config.OneOf(volumeBucket, volumeNFS, volumeMemory))},
	{Name: "mount", Set: config.SetText(func(v *Volume) *string { return &v.Mount }, checkMount)},
	{Name: "bucket", Set: config.SetText(func(v *Volume) *string { return &v.Bucket }, config.Matching(`[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]`, "the name of a bucket", ""))},
	{Name: "mount_options", Set: config.SetList(func(v *Volume) *[]string { return &v.MountOptions }, config.Matching(`[^-\s].*`, "an option of gcsfuse without its dashes", ""))},
	{Name: "location", Set: config.SetText(func(v *Volume) *string { return &v.Location }, config.Matching(`[^:/\s]+:/.*`, "SERVER:/PATH", ""))},
	{Name: "readonly", Set: config.SetBool(func(v *Volume) *bool { return &v.ReadOnly })},
	{Name: "size_limit", Set: config.SetText(func(v *Volume) *string { return &v.SizeLimit }, checkSize)},
}

// takes says which keys each type of volume has, the needed ones first.
var takes = map[string]struct{ needs, may []string }{
	volumeBucket: {needs: []string{"bucket"}, may: []string{"readonly", "mount_options"}},
	volumeNFS:    {needs: []string{"location"}, may: []string{"readonly"}},
	volumeMemory: {may: []string{"size_limit"}},
}

// wrong says what does not fit a volume's type.
func (v Volume) wrong() *config.Fault {
	set := map[string]bool{
		"bucket": v.Bucket != "", "location": v.Location != "", "size_limit": v.SizeLimit != "",
		"readonly": v.ReadOnly, "mount_options": len(v.MountOptions) > 0,
	}
	has := takes[v.Type]
	for _, name := range has.needs {
		if !set[name] {
			return config.Wrong("Set its "+name+".", "is a volume of type %s, and has no "+name, v.Type)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if set[name] && !slices.Contains(has.needs, name) && !slices.Contains(has.may, name) {
			return config.Wrong("Remove it.", "is a volume of type %s, which has no "+name, v.Type)
		}
	}
	return nil
}

// proto is a volume as Cloud Run has it.
func (v Volume) proto(name string) *runpb.Volume {
	out := &runpb.Volume{Name: name}
	switch v.Type {
	case volumeBucket:
		out.VolumeType = &runpb.Volume_Gcs{Gcs: &runpb.GCSVolumeSource{Bucket: v.Bucket, ReadOnly: v.ReadOnly, MountOptions: v.MountOptions}}
	case volumeNFS:
		server, path, _ := strings.Cut(v.Location, ":")
		out.VolumeType = &runpb.Volume_Nfs{Nfs: &runpb.NFSVolumeSource{Server: server, Path: path, ReadOnly: v.ReadOnly}}
	case volumeMemory:
		out.VolumeType = &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{Medium: runpb.EmptyDirVolumeSource_MEMORY, SizeLimit: v.SizeLimit}}
	}
	return out
}

// mounted are volumes and where a container has them.
type mounted struct {
	volumes []*runpb.Volume
	mounts  []*runpb.VolumeMount
}

// mountedIn are those of the app.
func (d *Desired) mounted() mounted {
	m := secretFiles("", d.Secrets)
	for _, name := range slices.Sorted(maps.Keys(d.Volumes)) {
		m.volumes = append(m.volumes, d.Volumes[name].proto(name))
		if at := d.Volumes[name].Mount; at != "" {
			m.mounts = append(m.mounts, &runpb.VolumeMount{Name: name, MountPath: at})
		}
	}
	return m
}

// mergeMounted merges sidecars, volumes and where they are mounted.
func mergeMounted(t *runpb.RevisionTemplate, app *runpb.Container, d *Desired, before managed) {
	own := mergeSidecars(t, app, d, before)
	has := d.mounted()
	mergeMounts(app, has.mounts, before.Mounts)
	mergeInstances(t, app, d.CloudSQLInstances, before.Instances)
	mergeVolumes(t, append(has.volumes, own...), before.Volumes)
}

// mergeMounts merges mounts by their paths.
func mergeMounts(c *runpb.Container, want []*runpb.VolumeMount, before []string) {
	c.VolumeMounts = mergeNamed(c.VolumeMounts, want, (*runpb.VolumeMount).GetMountPath, func(m *runpb.VolumeMount) bool {
		return slices.Contains(before, m.GetMountPath())
	})
}

func mountPaths(mounts []*runpb.VolumeMount) (paths []string) {
	for _, m := range mounts {
		paths = append(paths, m.GetMountPath())
	}
	return paths
}

// mergeVolumes sets our volumes where they are, adds new ones, and removes those that
// were ours and nobody has.
func mergeVolumes(t *runpb.RevisionTemplate, want []*runpb.Volume, before []string) {
	used := map[string]bool{}
	for _, c := range t.Containers {
		for _, m := range c.GetVolumeMounts() {
			used[m.GetName()] = true
		}
	}
	for _, v := range want { // an amount in another spelling is the same
		for _, old := range t.Volumes {
			if old.GetName() == v.GetName() && old.GetEmptyDir() != nil && v.GetEmptyDir() != nil && sameQuantity(old.GetEmptyDir().GetSizeLimit(), v.GetEmptyDir().GetSizeLimit()) {
				v.GetEmptyDir().SizeLimit = old.GetEmptyDir().GetSizeLimit()
			}
		}
	}
	t.Volumes = mergeNamed(t.Volumes, want, (*runpb.Volume).GetName, func(old *runpb.Volume) bool {
		return slices.Contains(before, old.GetName()) && !used[old.GetName()]
	})
}
