package run

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"path"
	"slices"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// secretVolume begins the names of volumes of secrets.
const secretVolume = "secret-"

// secretMode is what files of secrets may be read with: Cloud Run's default.
const secretMode = 0o444

// isFile says whether a secret is wanted as a file, and not as a variable.
func isFile(name string) bool { return strings.HasPrefix(name, "/") }

// variables are the secrets that are wanted as variables.
func variables(secrets map[string]string) map[string]string {
	out := maps.Clone(secrets)
	maps.DeleteFunc(out, func(name, _ string) bool { return isFile(name) })
	return out
}

// secretFiles are the secrets that a container wants as files: a volume for each folder,
// as one holds versions of one secret only.
func secretFiles(container string, secrets map[string]string) (m mounted) {
	byFolder := map[string]*runpb.SecretVolumeSource{}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if !isFile(name) {
			continue
		}
		folder, file := path.Split(name)
		secret, version := secretRef(secrets[name])
		of := byFolder[folder]
		if of == nil {
			of = &runpb.SecretVolumeSource{Secret: secret, DefaultMode: secretMode}
			byFolder[folder] = of
		}
		of.Items = append(of.Items, &runpb.VersionToPath{Path: file, Version: version, Mode: secretMode})
	}
	for _, folder := range slices.Sorted(maps.Keys(byFolder)) {
		sum := sha256.Sum256([]byte(container + "\x00" + folder))
		name := secretVolume + hex.EncodeToString(sum[:4])
		m.volumes = append(m.volumes, &runpb.Volume{Name: name, VolumeType: &runpb.Volume_Secret{Secret: byFolder[folder]}})
		m.mounts = append(m.mounts, &runpb.VolumeMount{Name: name, MountPath: path.Clean(folder)})
	}
	return m
}

// checkSecretName accepts the name of a variable, or the path of a file.
func checkSecretName(s string) (string, *config.Fault) {
	if !isFile(s) {
		return checkVariable(s)
	}
	folder, file := path.Split(s)
	if folder == "/" || file == "" || path.Clean(s) != s {
		return "", config.Wrong("Write it as /etc/secrets/api-key.", "must be /FOLDER/FILE where a secret is a file, not %q", s)
	}
	if _, bad := checkMount(path.Clean(folder)); bad != nil {
		return "", bad
	}
	return s, nil
}

// checkMount accepts a folder that something can be mounted at.
func checkMount(s string) (string, *config.Fault) {
	top, _, _ := strings.Cut(strings.TrimPrefix(s, "/"), "/")
	switch {
	case !strings.HasPrefix(s, "/") || s == "/" || path.Clean(s) != s || strings.ContainsAny(s, ":\x00"):
		return "", config.Wrong("Write it as /data.", "must be the path of a folder, not %q", s)
	case slices.Contains([]string{"dev", "proc", "sys"}, top):
		return "", config.Wrong("Choose another folder.", "cannot be below /%s", top)
	}
	return s, nil
}
