package serviceusage

import "github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"

// Service is Service Usage for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	s, err := New(Config{Dir: f.Dir, Allow: f.Allow, Projects: f.Projects, Now: f.Now, Log: f.Log})
	return frame.Service{Server: s, APIs: []string{"serviceusage"}, Register: s.Register, Operation: s.Operation, Web: s.web()}, err
}
