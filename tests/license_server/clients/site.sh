#!/usr/bin/env bash
# A site's whole life with nothing but curl: activate, refresh, deactivate.
#
#   site.sh SERVER PRODUCT DOMAIN < license-key
#
# Prints what each signed license says, one line a call. A refusal ends it with status 1 and the problem's code on
# standard error. The license key and the token are never arguments of a command, where other users could read them.
# The signature is not verified here: that takes more than curl.
set -euo pipefail

server=$1 product=$2 domain=$3
IFS= read -r license_key

fresh_nonce() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

# The text member $1 of the JSON on standard input.
member() { sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p'; }

# The claims of the signed license $1: the part between the dots, base64url without padding.
claims() {
  local payload=${1#*.}
  payload=$(printf %s "${payload%.*}" | tr -- '-_' '+/')
  while (( ${#payload} % 4 )); do payload+="="; done
  printf %s "$payload" | base64 -d
}

# Call $1 with the JSON body on standard input, and the token $2 if there is one; prints the answer.
call() {
  local answer
  answer=$(curl -sS --max-time 10 --write-out '\n%{http_code}' --data-binary @- "$server/v1/licenses/$1" --config <(
    printf 'header = "Content-Type: application/json"\n'
    if [ -n "${2-}" ]; then printf 'header = "Authorization: Bearer %s"\n' "$2"; fi
  ))
  if [[ ${answer##*$'\n'} != 20[01] ]]; then
    echo "$1: $(member code <<<"$answer")" >&2
    exit 1
  fi
  printf %s "${answer%$'\n'*}"
}

# Say what the answer $2 to the call $1 says, if it repeats the nonce $3.
tell() {
  local told
  told=$(claims "$(member signed_license <<<"$2")")
  [ "$(member nonce <<<"$told")" = "$3" ] || { echo "$1: the answer is not to this request" >&2; exit 1; }
  printf '%s: %s on %s\n' "$1" "$(member status <<<"$told")" "$(member aud <<<"$told")"
}

nonce=$(fresh_nonce)
answer=$(call activate <<<"{\"license_key\": \"$license_key\", \"product\": \"$product\", \"domain\": \"$domain\", \"nonce\": \"$nonce\"}")
tell activate "$answer" "$nonce"
token=$(member activation_token <<<"$answer")

for verb in refresh deactivate; do
  nonce=$(fresh_nonce)
  answer=$(call "$verb" "$token" <<<"{\"domain\": \"$domain\", \"nonce\": \"$nonce\"}")
  tell "$verb" "$answer" "$nonce"
done
