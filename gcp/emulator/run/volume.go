package run

import (
	"cmp"
	"context"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// sqlMount is where the sockets of databases are.
const sqlMount = "/cloudsql"

// secretMode is what a secret's file has unless it is told otherwise.
const secretMode = 0o444

var secretName = regexp.MustCompile(`^(projects/[^/]+/secrets/)?[-_a-zA-Z0-9]{1,255}$`)

// validateVolumes checks volumes, and that what is mounted is one.
func validateVolumes(field string, t *runpb.RevisionTemplate) error {
	known := map[string]*runpb.Volume{}
	for _, v := range t.GetVolumes() {
		switch {
		case !dnsLabel.MatchString(v.GetName()):
			return invalid(field+".volumes", "volume name %q must use only lowercase letters, digits and hyphens, and have at most 63 characters", v.GetName())
		case known[v.GetName()] != nil:
			return invalid(field+".volumes", "volume %s is given twice", v.GetName())
		}
		known[v.GetName()] = v
		if err := validateVolume(field+".volumes["+v.GetName()+"]", v); err != nil {
			return err
		}
	}
	for _, c := range t.GetContainers() {
		if err := validateMounts(field+".containers["+c.GetName()+"].volume_mounts", c, known); err != nil {
			return err
		}
	}
	return nil
}

func validateMounts(field string, c *runpb.Container, known map[string]*runpb.Volume) error {
	paths := map[string]bool{}
	for _, m := range c.GetVolumeMounts() {
		v, p := known[m.GetName()], m.GetMountPath()
		sql := v.GetCloudSqlInstance() != nil
		switch {
		case v == nil:
			return invalid(field, "volume mount %q must match the name of a volume", m.GetName())
		case sql && p != "" && p != sqlMount:
			return invalid(field, "mount_path of the Cloud SQL volume %s must be %s", m.GetName(), sqlMount)
		case !sql && (!strings.HasPrefix(p, "/") || path.Clean(p) == "/" || strings.Contains(p, ":")):
			return invalid(field, "mount_path %q must be an absolute path without ':', and not /", p)
		case paths[path.Clean(p)]:
			return invalid(field, "mount_path %q is given twice", p)
		case m.GetSubPath() != "":
			return status.Errorf(codes.Unimplemented, "%s: sub_path is not emulated", field)
		}
		paths[path.Clean(p)] = true
	}
	return nil
}

func validateVolume(field string, v *runpb.Volume) error {
	switch of := v.GetVolumeType().(type) {
	case *runpb.Volume_Secret:
		return validateSecretVolume(field+".secret", of.Secret)
	case *runpb.Volume_CloudSqlInstance:
		for _, name := range of.CloudSqlInstance.GetInstances() {
			if strings.Count(name, ":") < 2 {
				return invalid(field+".cloud_sql_instance", "%q must have the form {project}:{location}:{instance}", name)
			}
		}
	case *runpb.Volume_EmptyDir:
		if size := of.EmptyDir.GetSizeLimit(); size != "" {
			if n, ok := parseQuantity(size); !ok || n <= 0 {
				return invalid(field+".empty_dir.size_limit", "Invalid value specified for size_limit: %q. Use a form like 512Mi", size)
			}
		}
	case *runpb.Volume_Gcs:
		if of.Gcs.GetBucket() == "" {
			return invalid(field+".gcs.bucket", "is required")
		}
		return status.Errorf(codes.Unimplemented, "%s: buckets as volumes are not emulated", field)
	case *runpb.Volume_Nfs:
		if of.Nfs.GetServer() == "" || !strings.HasPrefix(of.Nfs.GetPath(), "/") {
			return invalid(field+".nfs", "server, and a path from /, are required")
		}
		return status.Errorf(codes.Unimplemented, "%s: NFS volumes are not emulated", field)
	default:
		return invalid(field, "a type is required")
	}
	return nil
}

func validateSecretVolume(field string, v *runpb.SecretVolumeSource) error {
	if !secretName.MatchString(v.GetSecret()) {
		return invalid(field+".secret", "%q must be the name of a secret", v.GetSecret())
	}
	if m := v.GetDefaultMode(); m < 0 || m > 0o777 {
		return invalid(field+".default_mode", "must be between 0000 and 0777 (octal)")
	}
	paths := map[string]bool{}
	for _, item := range v.GetItems() {
		p := item.GetPath()
		switch {
		case p == "" || strings.HasPrefix(p, "/") || slices.Contains(strings.Split(p, "/"), "..") || strings.Contains(p, ":"):
			return invalid(field+".items", "path %q must be a relative path without '..'", p)
		case paths[p]:
			return invalid(field+".items", "path %q is given twice", p)
		case item.GetVersion() == "":
			return invalid(field+".items", "version of %q is required", p)
		case item.GetMode() < 0 || item.GetMode() > 0o777:
			return invalid(field+".items", "mode of %q must be between 01 and 0777 (octal)", p)
		}
		paths[p] = true
	}
	return nil
}

// held says whether a revision's containers are held together: it has several, or volumes.
func held(t *runpb.RevisionTemplate) bool {
	return len(t.GetContainers()) > 1 || slices.ContainsFunc(t.GetVolumes(), func(v *runpb.Volume) bool { return v.GetCloudSqlInstance() == nil })
}

// volumes are those of the revision that containers have: of databases there are none.
func (r *revision) volumes(ctx context.Context) (all []container.Volume, err error) {
	memory := 0.0
	for _, c := range r.template.GetContainers() {
		n, _ := parseQuantity(c.GetResources().GetLimits()["memory"])
		memory += n
	}
	for _, v := range r.template.GetVolumes() {
		switch {
		case v.GetEmptyDir() != nil:
			size := memory
			if n, ok := parseQuantity(v.GetEmptyDir().GetSizeLimit()); ok {
				size = min(size, n)
			}
			all = append(all, container.Volume{Name: v.GetName(), Size: int64(size), Mode: 0o1777})
		case v.GetSecret() != nil:
			files, err := r.secretFiles(ctx, v.GetSecret())
			if err != nil {
				return nil, err
			}
			all = append(all, container.Volume{Name: v.GetName(), Mode: 0o755, Files: files})
		}
	}
	return all, nil
}

// secretFiles are a secret's values as files. Here they stay what they were at the start;
// at Google what is latest is read anew.
func (r *revision) secretFiles(ctx context.Context, v *runpb.SecretVolumeSource) (files []docker.File, err error) {
	items := v.GetItems()
	if len(items) == 0 {
		items = []*runpb.VersionToPath{{Path: short(v.GetSecret())}}
	}
	for _, item := range items {
		value, err := r.secret(ctx, v.GetSecret(), item.GetVersion())
		if err != nil {
			return nil, err
		}
		mode := os.FileMode(secretMode)
		if m := cmp.Or(item.GetMode(), v.GetDefaultMode()); m != 0 {
			mode = os.FileMode(m) &^ 0o222
		}
		files = append(files, docker.File{Path: item.GetPath(), Mode: mode, Data: []byte(value)})
	}
	return files, nil
}

// mountsOf are those of a container whose volumes there are.
func mountsOf(t *runpb.RevisionTemplate, c *runpb.Container) (all []container.Mount) {
	for _, m := range c.GetVolumeMounts() {
		for _, v := range t.GetVolumes() {
			if v.GetName() == m.GetName() && v.GetCloudSqlInstance() == nil {
				all = append(all, container.Mount{Volume: v.GetName(), Path: m.GetMountPath(), ReadOnly: v.GetSecret() != nil})
			}
		}
	}
	return all
}
