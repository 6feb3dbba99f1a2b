<?php
/**
 * The page under Appearance: the theme's name, the notice, the card.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

defined( 'ABSPATH' ) || exit;

?>
<div class="wrap theme-license" lang="<?php echo esc_attr( $this->catalog->language() ); ?>" dir="<?php echo esc_attr( $this->direction() ); ?>">
	<h1><bdi><?php echo esc_html( $this->theme ); ?></bdi></h1>
	<?php
	$this->notice();
	$this->put( 'card' );
	?>
</div>
