<?php
/**
 * Which sentence tells an owner what went wrong, and what to do next? One for each code and each cause.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Verdict;

defined( 'ABSPATH' ) || exit;

/**
 * The sentences in English, word for word those of the Python client, with which they share the catalogs.
 */
final class Sentences {

	/** Why the server refused, by the code of its problem. */
	public const REFUSALS = array(
		'key_malformed'       => 'This is not a license key: a character is missing or mistyped. Copy the whole key again from your purchase.',
		'license_not_found'   => 'No license has this key. Check that it is the key of this theme, from this vendor, and paste it again.',
		'product_mismatch'    => 'This key is for another theme. Paste the key that you bought for {theme}.',
		'no_activations_left' => 'The license is in use on as many domains as it covers.',
		'moves_exhausted'     => 'The license has moved to new domains as often as its plan allows in a year. Contact the vendor to have a domain released.',
		'license_expired'     => 'The term of this license has ended, so it takes no new domain. Renew it, then validate the license again.',
		'license_suspended'   => 'The vendor has suspended this license. Contact the vendor, or use another key.',
		'license_revoked'     => 'The vendor has revoked this license. Contact the vendor, or use another key.',
		'domain_not_allowed'  => 'No license is given for {domain}. Use the domain name under which visitors reach the site, or ask the vendor for an exception.',
		'domain_invalid'      => 'The license server cannot read the domain {domain}. Ask whoever set up the site to correct it in the theme\'s configuration.',
		'token_invalid'       => 'The license server does not know this activation. Paste the license key again: on the same domain it costs nothing.',
		'request_invalid'     => 'The license server did not understand this theme. Update the theme, then try again.',
		'request_too_large'   => 'The license server did not understand this theme. Update the theme, then try again.',
		'public_name_refused' => 'No license can be given for this name. Type the name under which visitors will reach the site, such as news.example.com.',
		'no_test_copies'      => 'The license has no place left for a test copy. Under a development name such as shop.test none is needed.',
		'server_unavailable'  => 'The license server is busy. Nothing is lost: try again in a minute.',
	);

	public const UNKNOWN_REFUSAL = 'The license server refused with the code {code}. Contact the vendor and mention it.';

	/** Why nobody answered. */
	public const CAUSES = array(
		'dns'            => 'The name of the license server could not be found. Your host\'s DNS may be down.',
		'refused'        => 'The connection to the license server was refused. A firewall of your host may block it.',
		'tls'            => 'The connection to the license server is not secure, so it was not used. Check this server\'s clock and certificates.',
		'clock'          => 'By this server\'s clock, the certificate of the license server is not valid now. Ask your host to check the clock; if it is right, tell the vendor.',
		'timeout'        => 'The license server did not answer in time. A firewall of your host may block it.',
		'redirect'       => 'Something between this site and the license server sent the request elsewhere.',
		'not_the_server' => 'The answer did not come from the license server; a proxy may have given its own.',
		'server_error'   => 'The license server has a fault. Nothing is lost: try again later.',
		'no_reply'       => 'The connection to the license server broke off. Try again.',
	);

	/** Why a text from the portal was not taken. */
	public const ANSWERS = array(
		'answer_is_a_key'       => 'This is the license key. Enter it on the vendor\'s license page, then paste here the answer that you get there.',
		'answer_malformed'      => 'This is not a whole answer. Copy all of it from the vendor\'s license page, then paste it again.',
		'answer_bad_signature'  => 'The signature does not match: the answer was altered on its way. Copy it again from the vendor\'s license page.',
		'answer_unknown_key'    => 'The answer was signed by a key that this theme does not know. Update the theme.',
		'answer_retired_key'    => 'The answer was signed by a key that the vendor no longer uses. Copy a new request and use it.',
		'answer_wrong_product'  => 'The answer is for another theme. Copy the request of {theme} and use it.',
		'answer_wrong_domain'   => 'The answer is for another domain. Copy the request of {domain} and use it.',
		'answer_not_active'     => 'The license in this answer is not active. Contact the vendor, or use another key.',
		'answer_over'           => 'The license in this answer has ended. Renew it, then copy a new request and use it.',
		'answer_used'           => 'This answer was used already; nothing has changed.',
		'answer_old'            => 'This answer belongs to another request, or its request is older than a day. Copy the new request and use it.',
		'answer_must_be_pasted' => 'This license does not come from a request of this page. Paste it by hand.',
	);

	/** Why what is stored cannot be used, by the code of the verdict. */
	public const DAMAGED = array(
		Verdict::MALFORMED     => self::ALTERED,
		Verdict::BAD_SIGNATURE => self::ALTERED,
		Verdict::UNKNOWN_KEY   => 'The stored license was signed by a key that this theme does not know. Update the theme.',
		Verdict::WRONG_PRODUCT => 'The stored license is for another theme. Paste the key that you bought for {theme}.',
	);

	/** What was done by the last click. */
	public const DONE = array(
		'activated'   => 'The license is validated.',
		'prepared'    => 'The license is stored for the public name of the site.',
		'anew'        => 'The license of the other domain is no longer on this site. Paste the key of a license for this one.',
		'checked'     => 'The license was checked just now.',
		'deactivated' => 'The license is no longer used on this site. You can use it on another domain.',
	);

	private const ALTERED = 'The signature does not match: the license stored on this site was altered or damaged. Paste the key again: on the same domain it costs nothing.';
}
