package registry

import (
	"errors"
	"path/filepath"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

func (s *Server) repoPath(project, repository string) string {
	return filepath.Join(s.config.Dir, "repositories", project, repository+".json")
}

// loadRepositories reads the repositories' records, by project/repository.
func (s *Server) loadRepositories() (map[string]*artifactregistrypb.Repository, error) {
	repos := map[string]*artifactregistrypb.Repository{}
	paths, err := filepath.Glob(filepath.Join(s.config.Dir, "repositories", "*", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		r := &artifactregistrypb.Repository{}
		key := filepath.Base(filepath.Dir(path)) + "/" + strings.TrimSuffix(filepath.Base(path), ".json")
		// Without its record a repository is not there; made again, it has its images.
		ok, err := frame.ReadState(s.config.Log, path, func(data []byte) error {
			if err := protojson.Unmarshal(data, r); err != nil {
				return err
			}
			n, err := parse(r.GetName(), repositoryIs...)
			if err == nil && n.project+"/"+n.repository != key {
				err = errors.New("it names another repository")
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if ok {
			repos[key] = r
		}
	}
	return repos, nil
}
