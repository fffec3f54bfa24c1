package knative

import (
	"slices"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
	"google.golang.org/grpc/codes"
)

// In v1 a bucket is a volume of a driver, and databases are an annotation.
const (
	gcsDriver = "gcsfuse.run.googleapis.com"
	sqlName   = "cloudsql" // of the volume in v2
	sqlMount  = "/cloudsql"
)

func isSQL(v *runpb.Volume) bool { return v.GetCloudSqlInstance() != nil }

// sqlVolumes are the names of those that v1 has no volumes for.
func sqlVolumes(t *runpb.RevisionTemplate) map[string]bool {
	all := map[string]bool{}
	for _, v := range t.GetVolumes() {
		if isSQL(v) {
			all[v.GetName()] = true
		}
	}
	return all
}

func fromVolumes(t *runpb.RevisionTemplate) (all []*runv1.Volume) {
	for _, v := range t.GetVolumes() {
		v1 := &runv1.Volume{Name: v.GetName()}
		switch of := v.GetVolumeType().(type) {
		case *runpb.Volume_CloudSqlInstance:
			continue
		case *runpb.Volume_Secret:
			v1.Secret = &runv1.SecretVolumeSource{SecretName: of.Secret.GetSecret(), DefaultMode: int64(of.Secret.GetDefaultMode())}
			for _, item := range of.Secret.GetItems() {
				v1.Secret.Items = append(v1.Secret.Items, &runv1.KeyToPath{Key: item.GetVersion(), Path: item.GetPath(), Mode: int64(item.GetMode())})
			}
		case *runpb.Volume_EmptyDir:
			v1.EmptyDir = &runv1.EmptyDirVolumeSource{SizeLimit: of.EmptyDir.GetSizeLimit()}
			if of.EmptyDir.GetMedium() == runpb.EmptyDirVolumeSource_MEMORY {
				v1.EmptyDir.Medium = "Memory"
			}
		case *runpb.Volume_Nfs:
			v1.Nfs = &runv1.NFSVolumeSource{Server: of.Nfs.GetServer(), Path: of.Nfs.GetPath(), ReadOnly: of.Nfs.GetReadOnly()}
		case *runpb.Volume_Gcs:
			v1.Csi = &runv1.CSIVolumeSource{Driver: gcsDriver, ReadOnly: of.Gcs.GetReadOnly(), VolumeAttributes: map[string]string{"bucketName": of.Gcs.GetBucket()}}
			if o := of.Gcs.GetMountOptions(); len(o) > 0 {
				v1.Csi.VolumeAttributes["mountOptions"] = strings.Join(o, ",")
			}
		}
		all = append(all, v1)
	}
	return all
}

// toVolumes gives the volumes that an object asks for, with those that v1 has none for.
func toVolumes(have []*runpb.Volume, v1 []*runv1.Volume) (all []*runpb.Volume, err error) {
	for _, from := range v1 {
		v := &runpb.Volume{Name: from.Name}
		switch {
		case from.Secret != nil:
			s := &runpb.SecretVolumeSource{Secret: from.Secret.SecretName}
			if s.DefaultMode, err = int32of(from.Secret.DefaultMode, "volumes.secret.defaultMode"); err != nil {
				return nil, err
			}
			for _, item := range from.Secret.Items {
				mode, err := int32of(item.Mode, "volumes.secret.items.mode")
				if err != nil {
					return nil, err
				}
				s.Items = append(s.Items, &runpb.VersionToPath{Path: item.Path, Version: item.Key, Mode: mode})
			}
			v.VolumeType = &runpb.Volume_Secret{Secret: s}
		case from.EmptyDir != nil:
			d := &runpb.EmptyDirVolumeSource{SizeLimit: from.EmptyDir.SizeLimit}
			switch from.EmptyDir.Medium {
			case "":
			case "Memory":
				d.Medium = runpb.EmptyDirVolumeSource_MEMORY
			default:
				return nil, statusf(codes.Unimplemented, "volumes.emptyDir.medium: %s is not emulated", from.EmptyDir.Medium)
			}
			v.VolumeType = &runpb.Volume_EmptyDir{EmptyDir: d}
		case from.Nfs != nil:
			v.VolumeType = &runpb.Volume_Nfs{Nfs: &runpb.NFSVolumeSource{Server: from.Nfs.Server, Path: from.Nfs.Path, ReadOnly: from.Nfs.ReadOnly}}
		case from.Csi != nil && from.Csi.Driver == gcsDriver:
			g := &runpb.GCSVolumeSource{Bucket: from.Csi.VolumeAttributes["bucketName"], ReadOnly: from.Csi.ReadOnly}
			if o := from.Csi.VolumeAttributes["mountOptions"]; o != "" {
				g.MountOptions = strings.Split(o, ",")
			}
			v.VolumeType = &runpb.Volume_Gcs{Gcs: g}
		}
		all = append(all, v)
	}
	for i, v := range have {
		if isSQL(v) {
			all = slices.Insert(all, min(i, len(all)), v) // where it was
		}
	}
	return all, nil
}

func fromMounts(c *runpb.Container, hidden map[string]bool) (all []*runv1.VolumeMount) {
	for _, m := range c.GetVolumeMounts() {
		if !hidden[m.GetName()] {
			all = append(all, &runv1.VolumeMount{Name: m.GetName(), MountPath: m.GetMountPath(), SubPath: m.GetSubPath()})
		}
	}
	return all
}

func toMounts(c *runpb.Container, v1 []*runv1.VolumeMount, hidden map[string]bool) (all []*runpb.VolumeMount) {
	for _, m := range v1 {
		all = append(all, &runpb.VolumeMount{Name: m.Name, MountPath: m.MountPath, SubPath: m.SubPath})
	}
	for i, m := range c.GetVolumeMounts() {
		if hidden[m.GetName()] {
			all = slices.Insert(all, min(i, len(all)), m)
		}
	}
	return all
}

// databases are the instances of Cloud SQL that a template has, as an annotation.
func databases(t *runpb.RevisionTemplate) string {
	var all []string
	for _, v := range t.GetVolumes() {
		all = append(all, v.GetCloudSqlInstance().GetInstances()...)
	}
	return strings.Join(all, ",")
}

// setDatabases has every container reach them.
func setDatabases(t *runpb.RevisionTemplate, all string) error {
	if all == databases(t) {
		return nil
	}
	hidden := sqlVolumes(t)
	t.Volumes = slices.DeleteFunc(t.Volumes, isSQL)
	for _, c := range t.GetContainers() {
		c.VolumeMounts = slices.DeleteFunc(c.VolumeMounts, func(m *runpb.VolumeMount) bool { return hidden[m.GetName()] })
	}
	if all == "" {
		return nil
	}
	t.Volumes = append(t.Volumes, &runpb.Volume{Name: sqlName, VolumeType: &runpb.Volume_CloudSqlInstance{CloudSqlInstance: &runpb.CloudSqlInstance{Instances: strings.Split(all, ",")}}})
	for _, c := range t.GetContainers() {
		c.VolumeMounts = append(c.VolumeMounts, &runpb.VolumeMount{Name: sqlName, MountPath: sqlMount})
	}
	return nil
}
