#!/bin/sh
# Prints the secrets of a new installation: k8s/secrets.sh <namespace> | kubectl create -f -
#
# minotaur         tokens of administrators, secrets that players' tokens are signed with (docs/security.md)
# nats-passwords   of the members, and of an operator
# nats-tls         the NATS servers' certificate, and that of the authority that signed it: an authority of its own, whose key is thrown
#                  away. Where cert-manager runs, let it fill this one: the same names, usages "server auth" and "client auth".
#
# `create`, not `apply`: new secrets under a running installation lock everybody out.
set -eu
namespace=${1:?usage: k8s/secrets.sh <namespace>}
days=1825

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
umask 077

random() { openssl rand -hex 32; }
newKey() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
indented() { sed 's/^/    /' "$1"; }

cat > request.cnf <<END
[req]
prompt = no
distinguished_name = name
[name]
CN = nats.$namespace
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1$(
  for server in nats-0 nats-1 nats-2; do
    printf ', DNS:%s.nats, DNS:%s.nats.%s.svc.cluster.local' "$server" "$server" "$namespace"
  done
)
END
newKey ca.key
openssl req -x509 -new -key ca.key -days "$days" -subj "/CN=NATS of Minotaur" -config request.cnf -extensions authority -out ca.crt
newKey tls.key
openssl req -new -key tls.key -config request.cnf -out tls.csr
openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days "$days" -sha256 \
  -extfile request.cnf -extensions server -out tls.crt 2>/dev/null

cat <<END
apiVersion: v1
kind: Secret
metadata:
  name: minotaur
  namespace: $namespace
stringData:
  admin-tokens: "$(random)"
  token-secrets: "$(random)"
---
apiVersion: v1
kind: Secret
metadata:
  name: nats-passwords
  namespace: $namespace
stringData:
  # Letters and digits only: they are part of an address.
  member: "$(random)"
  operator: "$(random)"
---
apiVersion: v1
kind: Secret
metadata:
  name: nats-tls
  namespace: $namespace
type: kubernetes.io/tls
stringData:
  ca.crt: |
$(indented ca.crt)
  tls.crt: |
$(indented tls.crt)
  tls.key: |
$(indented tls.key)
END
