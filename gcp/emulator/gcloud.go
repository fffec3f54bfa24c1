package emulator

// GcloudEnv are the environment lines that make gcloud, and other clients of
// Google's APIs that honour a proxy, use the emulators: everything goes through
// the CONNECT proxy on our port, as some of gcloud's requests (build logs) know
// no other endpoint. The empty lines are part of it: those variables win over
// what is set here.
func (s *Server) GcloudEnv(project string) []string {
	proxy := "http://" + s.state.addr
	return []string{
		"HTTPS_PROXY=" + proxy, "https_proxy=" + proxy, "NO_PROXY=", "no_proxy=",
		"REQUESTS_CA_BUNDLE=", "CURL_CA_BUNDLE=",
		"CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE=" + s.CAFile(),
		"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=" + s.TokenFile(),
		"CLOUDSDK_CORE_PROJECT=" + project,
		"CLOUDSDK_CORE_DISABLE_PROMPTS=1",
		"CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1",
	}
}
