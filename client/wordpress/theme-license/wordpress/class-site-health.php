<?php
/**
 * What does Tools → Site Health say of the license?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Notice;
use Theme_License\V1\Options_Page\Card;
use Theme_License\V1\Options_Page\Catalog;
use Theme_License\V1\Options_Page\Request;
use Theme_License\V1\Options_Page\Sentences;
use Theme_License\V1\Options_Page\Words;
use Theme_License\V1\Verdict;

defined( 'ABSPATH' ) || exit;

/**
 * One test of each product, which asks nobody.
 */
final class Site_Health {

	private const BADGE_COLOURS = array(
		'active'  => 'green',
		'neutral' => 'blue',
		'warning' => 'orange',
		'error'   => 'red',
	);

	/**
	 * Add the tests to WordPress's own.
	 *
	 * @param array<string, array<string, mixed>> $tests
	 * @return array<string, array<string, mixed>>
	 */
	public static function add_tests( array $tests ): array {
		foreach ( Themes::all() as $theme ) {
			if ( null === $theme->configuration_error() ) {
				$tests['direct'][ "theme_license_{$theme->product}" ] = array(
					'label' => "{$theme->name}: Theme License",
					'test'  => static fn(): array => self::test( $theme ),
				);
			}
		}
		return $tests;
	}

	/**
	 * Return the result in the words of the card.
	 *
	 * @return array<string, mixed>
	 */
	private static function test( Theme $theme ): array {
		$catalog               = Catalog::of_user();
		$checker               = $theme->checker();
		$verdict               = $checker->check();
		$request               = new Request();
		$request->other_domain = Home::other_domain( $checker->configuration->domain );
		$card                  = Card::write( new Words( $theme->name, $catalog ), $checker, $request );
		$label                 = $catalog->gettext( Sentences::DONE['activated'] );
		list( $missing, $way ) = ( new Notice( $theme->name, array( $catalog, 'gettext' ) ) )->sentences();
		if ( ! $verdict->ok ) {
			$label = $missing;
		} elseif ( Verdict::DEVELOPMENT === $verdict->code ) {
			$label = $catalog->gettext( 'No license is needed on a development name.' );
		}
		$is_good = $verdict->ok && null === $card->warning && null === $request->other_domain;
		$told    = array_filter( array( $card->error, $card->warning, $card->explanation, $card->reason ) );
		return array(
			'label'       => $label,
			'status'      => $is_good ? 'good' : 'recommended',
			'badge'       => array(
				'label' => "{$theme->name}: " . wp_strip_all_tags( $card->badge_word ),
				'color' => self::BADGE_COLOURS[ $card->badge_kind ],
			),
			'description' => '<p>' . wp_kses( array() === $told ? $card->domain : implode( ' ', $told ), array( 'bdi' => array( 'dir' => true ) ) ) . '</p>',
			'actions'     => sprintf( '<p><a href="%s">%s</a></p>', esc_url( ( new Page( $theme ) )->address() ), esc_html( $is_good ? $catalog->gettext( 'Theme license' ) : $way ) ),
			'test'        => "theme_license_{$theme->product}",
		);
	}
}
